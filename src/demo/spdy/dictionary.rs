//! The text that compressed header blocks refer back to (draft 3.1, 2.6.10.1).

/// Adler-32 of [`text`], by which a zlib stream names it.
pub(super) const ID: [u8; 4] = [0xe3, 0xc6, 0xa7, 0xc2];

/// Each preceded by its length in four bytes.
const WORDS: &str = "options head post put delete trace accept accept-charset accept-encoding accept-language \
    accept-ranges age allow authorization cache-control connection content-base content-encoding content-language \
    content-length content-location content-md5 content-range content-type date etag expect expires from host \
    if-match if-modified-since if-none-match if-range if-unmodified-since last-modified location max-forwards pragma \
    proxy-authenticate proxy-authorization range referer retry-after server te trailer transfer-encoding upgrade \
    user-agent vary via warning www-authenticate method get status 200_OK version HTTP/1.1 url public set-cookie \
    keep-alive origin";

/// As it is.
const REST: &str = "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505\
    203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized\
    403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented503 Service Unavailable\
    Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMT\
    chunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,text/javascript,\
    publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.";

/// All 1,423 bytes of it.
pub(super) fn text() -> Vec<u8> {
    let mut out = Vec::new();
    for word in WORDS.split_whitespace() {
        out.extend_from_slice(&(word.len() as u32).to_be_bytes());
        // The one word of two.
        out.extend(word.bytes().map(|b| if b == b'_' { b' ' } else { b }));
    }
    out.extend_from_slice(REST.as_bytes());
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn it_is_the_text_that_its_id_says() {
        let (mut a, mut b) = (1_u32, 0_u32);
        for byte in super::text() {
            a = (a + u32::from(byte)) % 65_521;
            b = (b + a) % 65_521;
        }
        assert_eq!(super::text().len(), 1_423);
        assert_eq!((b << 16 | a).to_be_bytes(), super::ID);
    }
}
