# Who may talk to the throwaway cluster: one CA, one serving certificate, and
# tokens. Sourced by up; needs $state.
# shellcheck shell=bash disable=SC2154

certs="$state/certs"

# Elliptic keys: the whole set takes well under a second, RSA takes several.
make_key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" 2>/dev/null; }

# sign NAME SUBJECT EXTENSIONS
sign() {
  make_key "$certs/$1.key"
  openssl req -new -key "$certs/$1.key" -subj "$2" -out "$certs/$1.csr"
  openssl x509 -req -in "$certs/$1.csr" -CA "$certs/ca.crt" -CAkey "$certs/ca.key" -CAcreateserial \
    -days 30 -extfile <(printf '%s\n' "$3") -out "$certs/$1.crt" 2>/dev/null
}

make_certs() {
  make_key "$certs/ca.key"
  openssl req -x509 -new -key "$certs/ca.key" -days 30 -subj "/CN=quarterdeck test CA" \
    -addext "keyUsage=critical,keyCertSign,cRLSign,digitalSignature" -out "$certs/ca.crt"
  # The fake kubelet serves with the same certificate as the API server.
  sign server "/CN=kube-apiserver" \
    $'subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:kubernetes.default.svc\nextendedKeyUsage=serverAuth'
  sign client "/O=system:masters/CN=kube-apiserver-kubelet-client" 'extendedKeyUsage=clientAuth'
  make_key "$certs/sa.key"
  openssl pkey -in "$certs/sa.key" -pubout -out "$certs/sa.pub"
}

# kubeconfig_for FILE PORT USER…: the first user is the current context.
kubeconfig_for() {
  local file=$1 port=$2 user
  shift 2
  {
    printf 'apiVersion: v1\nkind: Config\ncurrent-context: %s\n' "$1"
    printf 'clusters:\n- name: quarterdeck-test\n  cluster:\n    server: https://127.0.0.1:%s\n' "$port"
    printf '    certificate-authority-data: %s\n' "$(openssl base64 -A -in "$certs/ca.crt")"
    printf 'users:\n'
    for user in "$@"; do
      printf -- '- name: %s\n  user:\n    token: %s\n' "$user" "$(token_of "$user")"
    done
    printf 'contexts:\n'
    for user in "$@"; do
      printf -- '- name: %s\n  context: {cluster: quarterdeck-test, user: %s}\n' "$user" "$user"
    done
  } >"$file"
}

token_of() { awk -F, -v user="$1" '$2 == user { print $1 }' "$state/tokens.csv"; }

# make_identities PORT: token,user,uid,groups.
make_identities() {
  : >"$state/tokens.csv"
  local name user groups
  while read -r name user groups; do
    printf '%s,%s,%s,%s\n' "$(openssl rand -hex 16)" "$user" "$name" "\"$groups\"" >>"$state/tokens.csv"
  done <<'USERS'
admin admin system:masters
viewer viewer
nobody nobody
controllers system:kube-controller-manager
kubelet fake-kubelet system:masters
USERS
  kubeconfig_for "$state/kubeconfig" "$1" admin viewer nobody
  kubeconfig_for "$state/controllers.kubeconfig" "$1" system:kube-controller-manager
  kubeconfig_for "$state/kubelet.kubeconfig" "$1" fake-kubelet
}
