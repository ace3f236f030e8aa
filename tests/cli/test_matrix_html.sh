# SPDX-License-Identifier: MIT
# index.html beside index.json: whole, of the same content, the same bytes
# whatever the number of processes and of shards.
. "$CLI_TESTS/lib.sh"
. "$CLI_TESTS/matrix.sh"
releases 5

# page FOLDER: its texts to ./page
page() {
    python3 "$CLI_TESTS/matrixpage.py" "$1" >page || fail "$1: $(cat page)"
}

run 0 matrix list.json -j 1 -qo one
page one
has page '^Packages of test$'
has page '^Complete$'
has page '^1\.0 to 2\.0: [0-9,]+ bytes, [0-9.]+ % of the new image, two-slot$'
has page '^from 4 releases before$'
has page '^full image, compressed$'
run 0 matrix list.json -j 4 -qo four
same one/index.html four/index.html
for shard in 1 2; do
    run 0 matrix list.json --shard $shard/2 -qo s$shard
done
page s1
has page '; shard 1/2 only'
has page '^missing$'
has page '^of another shard$'
run 0 matrix --merge s2 s1 -qo merged
same one/index.html merged/index.html
run 1 matrix --merge s1 -qo half
page half
has page '^[0-9]+ missing$'
has page '^in no output$'

# Too large: every cause that the index has among its largest is told.
run 1 matrix list.json -qo one --max-size 100
page one
has page '^Too large$'
has page '^limit 100$'
has page '^literals: new content$'
value one/index.json "'\\n'.join({a for p in j['pairs'] if 'why' in p for a in p['why']['advice']})" >advice
[ -s advice ] || fail 'no advice in the index'
grep -vxFf page advice >lost && fail "advice is not told: $(cat lost)"
value one/index.json "'\\n'.join({'%s\\n%s bytes' % (c['name'], format(c['bytes'], ','))
    for p in j['pairs'] if 'why' in p for c in p['why']['parts'] if c['bytes']})" >places
[ -s places ] || fail 'no places in the index'
grep -vxFf page places >lost && fail "places are not told: $(cat lost)"
# An index of others may call its causes and places what it likes.
cp -r one named
sed 's,"literals":,"<em>literals":,
    s,"0x\([0-9a-fx-]*\)","<em>0x\1",' one/index.json >named/index.json
run 1 matrix --merge named -qo others
page others
has page '^<em>literals$'
has page '^<em>0x'
! cmp -s one/index.html four/index.html || fail 'a limit is not in the page'
run 0 matrix list.json -qo one
same one/index.html four/index.html

# What was written before goes, and what is cut off by a kill.
echo old >one/index.html
run 0 matrix list.json -qo one
same one/index.html four/index.html
for hundredths in 01 02 04 06 08 10 15; do
    rm -f killed/index.*
    "$MKDFOTA" matrix list.json -qj 2 -o killed 2>err &
    pid=$!
    sleep "0.$hundredths"
    kill -9 $pid 2>/dev/null || :
    wait $pid 2>/dev/null || :
    # The index comes last: where it is, its page is.
    if [ -e killed/index.html ] || [ -e killed/index.json ]; then
        same one/index.html killed/index.html
    fi
done
run 0 matrix list.json -qo killed
same one/index.html killed/index.html
clean

# A failure, and one target: sizes over the old releases.
mv v3.bin gone.bin
list newest.json '"pairs": [{"from": "all"}, {"from": "none"}]'
run 3 matrix newest.json -qo failed
page failed
has page '^Not complete$'
has page '^v3\.bin: cannot read: No such file or directory$'
has page '^old release, of packages to 5\.0$'
has page '^none to 5\.0: [0-9,]+ bytes, '
has page ' %, full$'
mv gone.bin v3.bin

# Few distances are a line each; a whole full image where no delta is smaller.
head -c 20000 /dev/urandom >v5.bin
list few.json '"pairs": [{"from": "last 2", "to": "all"}]'
run 0 matrix few.json -qo few
page few
has page '^from the release before$'
has page '^from 2 releases before$'
is few/index.json '[p["kind"] for p in j["pairs"] if p["to"] == "5.0"]' "['full', 'full']"
has page ' %, full$'

# Signs of HTML and of addresses, newlines and UTF-8, in all that is from outside.
cp v1.bin 'v<1>&"1.bin'
cat >odd.json <<'END'
{"product": "a<b> & \"c\" 'd' \u00fc</title><script>alert(1)</script>", "releases": [
 {"version": "<em>1</em>", "image": "v<1>&\"1.bin"},
 {"version": "2\" onclick=\"x <em>", "image": "v2.bin"},
 {"version": "3 % ?#: \u4e2d", "image": "v3.bin"},
 {"version": "a version whose name is longer than a label \u4e2d\u4e2d\u4e2d", "image": "v4.bin"},
 {"version": "&lt;", "image": "no <b>\n\u00e9.bin"}],
 "pairs": [{"from": "all", "to": "all"}]}
END
run 3 matrix odd.json -qo odd --max-size 90
page odd
has page "^Packages of a<b> & \"c\" 'd' ü</title><script>alert\\(1\\)</script>\$"
has page '^<em>1</em>$'
has page '^2" onclick="x <em>$'
has page '^no <b>\\x0aé\.bin: cannot read: '
has page '^&lt;$'
has page '^a version whose na…$'
run 1 matrix --merge odd -qo merged-odd
page merged-odd
same odd/index.html merged-odd/index.html
clean
