//! Frames and header blocks, and bytes that are neither.

use bytes::{Bytes, BytesMut};
use miniz_oxide::deflate::core::{CompressorOxide, TDEFLFlush, compress};
use proptest::prelude::*;

use crate::demo::spdy::Broken;
use crate::demo::spdy::frame::{Decoder, Encoder, Frame, Why};
use crate::demo::spdy::headers::{Headers, Reader, Writer};

/// What moby/spdystream v0.5.1 writes for one request of kubectl: an error stream, ended, a data
/// stream, a ping, `GET /`, and the data stream's reset.
const KUBECTL: &str = "800300010000003e0000000100000000000078f9e3c6a7c202253a48f95b044eea160616060c0c0c9c4590f8ca04a5634\
    603704a2c294a4dcc851636aca9a0a800000000ffff0000000101000000800300010000001a00000003000000000000826a4695029543898\
    48d04000000ffff8003000600000004000000010000000300000005474554202f80030003000000080000000300000005";

pub(super) fn recorded() -> Vec<u8> {
    let digits: Vec<u8> = KUBECTL.bytes().collect();
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(pair).collect()
}

fn all(decoder: &mut Decoder, buffer: &mut BytesMut) -> Result<Vec<Frame>, Broken> {
    let mut frames = Vec::new();
    while let Some(frame) = decoder.decode(buffer)? {
        frames.push(frame);
    }
    Ok(frames)
}

pub(super) fn stream(stream: u32, kind: &str, port: &str, request: &str) -> Frame {
    let headers = Headers::new(&[("port", port), ("streamtype", kind), ("requestid", request)]);
    Frame::Open { stream, end: false, headers }
}

pub(crate) fn data(stream: u32, end: bool, bytes: &'static [u8]) -> Frame {
    Frame::Data { stream, end, bytes: Bytes::from_static(bytes) }
}

/// The order of headers is Go's affair.
fn same(a: &Frame, b: &Frame) -> bool {
    match (a, b) {
        (Frame::Open { stream: id, end: last, headers: given }, Frame::Open { stream, end, headers }) => {
            let names = ["port", "streamtype", "requestid"];
            id == stream && last == end && names.iter().all(|name| given.get(name) == headers.get(name))
        }
        _ => a == b,
    }
}

#[test]
fn what_kubectl_says_is_understood_in_any_pieces() {
    let wanted = [
        stream(1, "error", "8080", "0"),
        data(1, true, b""),
        stream(3, "data", "8080", "0"),
        Frame::Ping(1),
        data(3, false, b"GET /"),
        Frame::Reset { stream: 3, why: Why::CANCEL },
    ];
    for piece in [1, 7, 1_000] {
        let (mut decoder, mut buffer, mut heard) = (Decoder::default(), BytesMut::new(), Vec::new());
        for bytes in recorded().chunks(piece) {
            buffer.extend_from_slice(bytes);
            heard.extend(all(&mut decoder, &mut buffer).unwrap());
        }
        assert!(buffer.is_empty());
        assert_eq!(heard.len(), wanted.len(), "{heard:?}");
        assert!(heard.iter().zip(&wanted).all(|(a, b)| same(a, b)), "{heard:?}");
    }
}

/// As Go compresses a block: up to here, and more may follow.
fn compressed(compressor: &mut CompressorOxide, text: &[u8]) -> Vec<u8> {
    let mut out = vec![0; text.len() * 2 + 100];
    let (_, read, wrote) = compress(compressor, text, &mut out, TDEFLFlush::Sync);
    assert_eq!(read, text.len());
    out.truncate(wrote);
    out
}

#[test]
fn what_breaks_the_rules_is_refused_by_name() {
    let block =
        |text: &[u8]| Reader::default().read(&compressed(&mut CompressorOxide::default(), text)).unwrap_err();
    // A thousand times longer than it looks.
    assert_eq!(block(&vec![0; 1 << 20]), Broken::Headers("is longer than is taken"));
    assert_eq!(block(&[0, 0, 0, 1, 0, 0]), Broken::Headers("ends early"));
    assert_eq!(block(&[255; 8]), Broken::Headers("ends early"));
    let upper = [0, 0, 0, 1, 0, 0, 0, 1, b'A', 0, 0, 0, 0];
    assert_eq!(block(&upper), Broken::Headers("has a name that is empty or not in lower case"));
    for (bytes, why) in [
        (&[0x80, 2, 0, 6, 0, 0, 0, 4, 0, 0, 0, 1][..], Broken::Version(2)),
        (&[0, 0, 0, 1, 0, 0x20, 0, 0], Broken::TooLong(0x20_0000)),
        (&[0x80, 3, 0, 6, 0, 0, 0, 0], Broken::Short(6)),
        (
            &[0x80, 3, 0, 2, 0, 0, 0, 6, 0, 0, 0, 1, 0x1f, 0x8b],
            Broken::Headers("does not begin as zlib does, with SPDY's dictionary"),
        ),
    ] {
        assert_eq!(all(&mut Decoder::default(), &mut BytesMut::from(bytes)).unwrap_err(), why);
    }
}

fn frames() -> impl Strategy<Value = Frame> {
    let stream = 1_u32..0x7fff_ffff;
    let pair = ("[a-z][a-z0-9-]{0,8}", "[ -~]{0,20}");
    prop_oneof![
        (stream.clone(), any::<bool>(), proptest::collection::btree_map(pair.0, pair.1, 0..5)).prop_map(
            |(stream, end, map)| {
                let pairs: Vec<(&str, &str)> = map.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
                Frame::Open { stream, end, headers: Headers::new(&pairs) }
            }
        ),
        stream.clone().prop_map(|stream| Frame::Accept { stream }),
        (stream.clone(), 1_u32..12).prop_map(|(stream, why)| Frame::Reset { stream, why: Why(why) }),
        any::<u32>().prop_map(Frame::Ping),
        stream.clone().prop_map(|last| Frame::GoAway { last }),
        (stream, any::<bool>(), proptest::collection::vec(any::<u8>(), 0..300))
            .prop_map(|(stream, end, bytes)| Frame::Data { stream, end, bytes: bytes.into() }),
    ]
}

proptest! {
    #[test]
    fn frames_come_back_as_they_were(sent in proptest::collection::vec(frames(), 0..20)) {
        let (mut encoder, mut buffer) = (Encoder::default(), BytesMut::new());
        for frame in &sent {
            encoder.encode(frame, &mut buffer);
        }
        prop_assert_eq!(all(&mut Decoder::default(), &mut buffer).unwrap(), sent);
        prop_assert!(buffer.is_empty());
    }

    #[test]
    fn any_bytes_are_read_or_refused(raw in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = all(&mut Decoder::default(), &mut BytesMut::from(raw.as_slice()));
        // The same behind heads that say what they are.
        for kind in 0..10 {
            let mut framed = vec![0x80, 3, 0, kind, 0, 0, (raw.len() >> 8) as u8, raw.len() as u8];
            framed.extend_from_slice(&raw);
            let mut buffer = BytesMut::from(framed.as_slice());
            let read = all(&mut Decoder::default(), &mut buffer);
            prop_assert!(read.is_err() || buffer.is_empty());
        }
    }

    #[test]
    fn damaged_recordings_are_read_or_refused(at in any::<prop::sample::Index>(), by in 1_u8.., left in any::<prop::sample::Index>()) {
        let mut bytes = recorded();
        *at.get_mut(&mut bytes) ^= by;
        bytes.truncate(left.index(bytes.len()) + 1);
        let _ = all(&mut Decoder::default(), &mut BytesMut::from(bytes.as_slice()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    /// A compressor that refers back, across blocks and across the end of the window.
    #[test]
    fn compressed_blocks_are_read_one_after_another(words in proptest::collection::vec("[a-c]{0,3000}", 1..30)) {
        let (mut compressor, mut reader) = (CompressorOxide::default(), Reader::default());
        for word in words {
            let headers = Headers::new(&[("word", &word)]);
            let stored = Writer::default().write(&headers);
            // Behind the head of the zlib stream (6 bytes) and of the stored block (5), before the flush (5).
            let block = compressed(&mut compressor, &stored[11..stored.len() - 5]);
            prop_assert_eq!(reader.read(&block).unwrap(), headers);
        }
    }
}
