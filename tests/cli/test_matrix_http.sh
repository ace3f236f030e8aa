# SPDX-License-Identifier: MIT
# A cache behind HTTP: a real nginx, and servers that do wrong.
. "$CLI_TESTS/lib.sh"
. "$CLI_TESTS/matrix.sh"
releases 3
if ! "$MKDFOTA" --version | grep -q libcurl; then
    run 2 matrix list.json -o none --cache http://ci:geheim@127.0.0.1/
    message '--cache: this mkdfota was built without HTTP \(expected a folder\)'
    absent none/index.json
    exit 0
fi
nginx=$(PATH=$PATH:/usr/sbin command -v nginx) || skip "nginx is missing"
run 0 matrix list.json -qo plain
unset http_proxy https_proxy ALL_PROXY

servers=''
stop() {
    # shellcheck disable=SC2086
    [ -z "$servers" ] || kill $servers 2>/dev/null || true
    servers=''
}
trap stop EXIT
trap 'exit 130' INT TERM

# --- nginx -------------------------------------------------------------------

# Takes entries at /, small ones only at /small, and at /private only from who
# knows the password. Nobody vouches for its certificate.
mkdir -p www/private www/small tmp
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
    -subj /CN=localhost -keyout tls.key -out tls.pem 2>/dev/null
printf 'ci:%s\n' "$(openssl passwd -apr1 secret)" >passwords
chmod -R a+rwX . # its workers are not root
start_nginx() {
    port=$((20000 + ($$ + ${1:-0}) % 20000))
    cat >nginx.conf <<-CONF
	daemon off;
	pid $PWD/nginx.pid;
	error_log $PWD/nginx.log;
	events {}
	http {
	    access_log $PWD/access.log;
	    client_body_temp_path $PWD/tmp;
	    proxy_temp_path $PWD/tmp/p; fastcgi_temp_path $PWD/tmp/f;
	    uwsgi_temp_path $PWD/tmp/u; scgi_temp_path $PWD/tmp/s;
	    client_max_body_size 64m;
	    root $PWD/www;
	    dav_methods PUT;
	    server {
	        listen 127.0.0.1:$port;
	        listen 127.0.0.1:$((port + 20000)) ssl;
	        ssl_certificate $PWD/tls.pem;
	        ssl_certificate_key $PWD/tls.key;
	        location /small/ {
	            client_max_body_size 100;
	        }
	        location /private/ {
	            auth_basic dfota;
	            auth_basic_user_file $PWD/passwords;
	        }
	    }
	}
	CONF
    "$nginx" -c "$PWD/nginx.conf" -e "$PWD/nginx.log" &
    nginx_pid=$!
    for _ in $(seq 100); do
        kill -0 $nginx_pid 2>/dev/null || return 1
        [ ! -s nginx.pid ] || return 0
        sleep 0.05
    done
    return 1
}
start_nginx || start_nginx 777 || fail "nginx does not start: $(cat nginx.log)"
servers=$nginx_pid
url=http://127.0.0.1:$port

run 0 matrix list.json -o first --cache "$url/"
has err ': 3 packages built, 0 cached'
same_packages plain first
[ "$(grep -c '"HEAD .* 404' access.log)" = 3 ] || fail "not 3 HEAD"
[ "$(grep -c '"PUT .* 201' access.log)" = 3 ] || fail "not 3 PUT"
run 0 matrix list.json -o second --cache "$url"
has err ': 0 packages built, 3 cached'
for file in plain/*.dfota; do
    same "$file" "second/${file#plain/}"
done
is second/index.json '{p["state"] for p in j["pairs"]}' "{'cached'}"
[ "$(grep -c '"PUT' access.log)" = 3 ] || fail "an entry was put once more"

# The same entries as those of a folder.
run 0 matrix list.json -qo folder --cache cache
for entry in cache/*/*; do
    same "$entry" "www/${entry##*/}"
done

# Damaged ones are made again, and put.
for entry in www/????????????*; do
    flip "$entry" $(($(wc -c <"$entry") - 1))
done
run 0 matrix list.json -o again --cache "$url"
has err ': 3 packages built, 0 cached'
is again/run.json 'j["bad_cache_entries"]' 3
same_packages plain again
for entry in cache/*/*; do
    same "$entry" "www/${entry##*/}"
done

# Four at once.
rm -f www/????????????*
four_writers plain "$url"
for entry in cache/*/*; do
    same "$entry" "www/${entry##*/}"
done

# With a password: from the URL, which nothing repeats, or from ~/.netrc.
run 0 matrix list.json -o closed --cache "$url/private"
has err ': 3 packages built, 0 cached'
has err 'warning: cannot read: HTTP status 401'
run 0 matrix list.json -qo open --cache "http://ci:secret@127.0.0.1:$port/private"
empty err
echo "machine 127.0.0.1 login ci password secret" >.netrc
HOME=$PWD run 0 matrix list.json -o netrc --cache "$url/private"
has err ': 0 packages built, 3 cached'
run 0 matrix list.json -o wrong --cache "http://ci:geheim@127.0.0.1:$port/private"
has err "warning: cannot read"
! grep -r geheim err wrong/*.json || fail "the password is shown"
run 0 matrix list.json -o path --cache "http://127.0.0.1:9/geheim@127.0.0.1:$port/x"
has err "warning: cannot read"
! grep -r geheim err path/*.json || fail "a password like a path is shown"

# Packages that are too large for the server do not cost the others.
run 0 matrix list.json -o small --cache "$url/small"
[ "$(grep -c 'warning: cannot write: the server wants no entry of [0-9]* bytes' err)" = 3 ] ||
    fail "not three warnings: $(cat err)"
! grep 'not used any more' err || fail "given up"
cp cache/*/* www/small
chmod a+r www/small/*
run 0 matrix list.json -o small-2 --cache "$url/small"
has err ': 0 packages built, 3 cached'

# An unknown certificate: nothing is taken from there, nor sent.
run 0 matrix list.json -o tls --cache "https://127.0.0.1:$((port + 20000))"
has err ': 3 packages built, 0 cached'
has err 'warning: cannot read: SSL certificate'
same_packages plain tls

# --- Servers that do wrong ---------------------------------------------------

mkdir flat
cp cache/*/* flat
# hostile MODE: starts one; $url is its address
hostile() {
    rm -f log port
    python3 "$CLI_TESTS/hostile_cache.py" "$1" flat log >port &
    servers="$servers $!"
    for _ in $(seq 100); do
        [ ! -s port ] || break
        sleep 0.05
    done
    url=http://127.0.0.1:$(cat port)
}
hostile good
run 0 matrix list.json -o "h-good" --cache "$url"
has err ': 0 packages built, 3 cached'
for mode in swapped damaged shorter truncated large endless fault loop \
    elsewhere reset; do
    hostile $mode
    run 0 matrix list.json -o "h-$mode" --cache "$url"
    has err ': 3 packages built, 0 cached, 0 kept, 0 failed'
    same_packages plain "h-$mode"
done

# A token goes to the server as it is.
hostile good
DFOTA_CACHE_TOKEN=abc123 run 0 matrix list.json -qo token --cache "$url"
[ "$(sort -u log)" = 'GET Bearer abc123' ] || fail "no token: $(cat log)"

# A redirected entry is sent once more, and read; the token stays at the host
# that it is for.
mv flat good
mkdir flat
hostile moved
DFOTA_CACHE_TOKEN=abc123 run 0 matrix list.json -o moved --cache "$url"
has err ': 3 packages built, 0 cached'
! grep warning err || fail "not put"
diff -r good flat || fail "other entries where the redirect led"
[ "$(grep -c 'abc123' log)" = "$(grep -c -e '-$' log)" ] ||
    fail "the token went along: $(cat log)"
run 0 matrix list.json -o moved-2 --cache "$url"
has err ': 0 packages built, 3 cached'

# Who may not write says so once, and reads on.
hostile readonly
run 0 matrix list.json -o readonly --cache "$url"
[ "$(grep -c 'warning: cannot write: HTTP status 405; only read' err)" = 1 ] ||
    fail "not said once: $(cat err)"
has err ': 3 packages built'

# One that is out of order is left alone after some failures, with few words.
releases 6
run 0 matrix list.json -qo plain6
hostile fault
run 0 matrix list.json -j1 -o left-alone --cache "$url"
[ "$(wc -l <log)" -le 5 ] || fail "asked on: $(wc -l <log) requests"
[ "$(grep -c 'warning' err)" = 3 ] || fail "not three warnings: $(cat err)"
has err 'the cache is not used any more'
stop
run 0 matrix list.json -j4 -o unreachable --cache "$url"
has err 'warning: cannot read: .*onnect'
same_packages plain6 unreachable

# Slowness ends too.
releases 2
hostile slow
run 0 matrix list.json -o slow --cache "$url"
has err ': 1 packages built'

run 2 matrix list.json -o none --cache 'http://127.0.0.1/?x=y'
message '--cache: not a URL, or one with a query .*'

# What is no place is not repeated: it may have a password.
for place in gopher://ci:geheim@127.0.0.1/ HTTP://ci:geheim@127.0.0.1/ \
    http://ci:ge/heim@127.0.0.1:9/ http://; do
    run 2 matrix list.json -o none --cache "$place"
    ! grep heim err || fail "the password is shown"
done
clean
