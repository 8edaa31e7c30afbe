#!/bin/bash
# Claim: the kernels that Debian has released are found and stored as artifacts, without installing
# any. Needs a Debian 12 with its package archive in reach; takes a few minutes and 2 GB.
# shellcheck source=tests/story/lib.sh
. "$(dirname "$0")/../story/lib.sh"
cat >"$MARVIN_CONFIG/trees.d/debian.ini" <<'INI'
[tree debian-6.1]
url = apt:
kind = deb
packages = linux-image-6.1.0-*-cloud-amd64

[tree debian-6.12]
url = apt:
kind = deb
packages = linux-image-6.12.*-cloud-amd64
INI
installed=$(dpkg-query -W | sha256sum)
start=$SECONDS
bob --once
echo "found and stored in $((SECONDS - start)) s"
rows() { sql "SELECT (SELECT count(*) FROM definition), (SELECT count(*) FROM subject), (SELECT count(*) FROM release), (SELECT max(id) FROM job), (SELECT count(*) FROM notice)"; }
was=$(rows)
start=$SECONDS
bob --once
echo "a second round that finds nothing new: $((SECONDS - start)) s"
expect "nothing else was written" "$was" "$(rows)"
[ "$installed" = "$(dpkg-query -W | sha256sum)" ] || fail "the installed packages changed"
printf '\n%-20s %-40s %-11s %8s %9s %9s  %s\n' version package made seconds unpacked stored 'uname -r and -v'
while IFS='|' read -r version package made took bytes hash; do
    object=$MARVIN_HOME/store/objects/${hash:0:2}/${hash:2}
    text=$(zstd -dc "$object" | tar -xO --wildcards '*kernel.txt')
    printf '%-20s %-40s %-11s %8.1f %8dM %8dM  %s, %s\n' "$version" "$package" "$made" "$took" $((bytes >> 20)) \
        $(($(stat -c %s "$object") >> 20)) "$(sed -n 's/^release: //p' <<<"$text")" "$(sed -n 's/^version: //p' <<<"$text")"
done < <(sql "SELECT r.name, s.package, (r.released_at AT TIME ZONE 'UTC')::date, b.elapsed_s, a.bytes, a.hash
              FROM release r JOIN subject s ON s.id = r.subject_id JOIN job j ON j.subject_id = s.id AND j.state = 'done'
              JOIN build b ON b.job_id = j.id AND b.state = 'done' JOIN artifact a ON a.hash = j.artifact_hash
              ORDER BY r.tree_id, r.sort_key")
stored() { sql "SELECT count(*) FROM job j JOIN subject s ON s.id = j.subject_id JOIN tree t ON t.id = s.tree_id WHERE j.state = 'done' AND t.name = '$1'"; }
echo
echo "stored: $(stored debian-6.1) of 6.1, $(stored debian-6.12) of 6.12; failed: $(sql "SELECT count(*) FROM job WHERE state = 'failed'"); the store: $(du -sh "$MARVIN_HOME/store" | cut -f1)"
[ "$(stored debian-6.1)" -ge 5 ] && [ "$(stored debian-6.12)" -ge 2 ] || fail "fewer kernels than claimed"
