# journal.c: a record counts although it was not written to its end
s/if (status == DFP_OK && memcmp(digest, buffer, COMMIT_SIZE) != 0) {/if (0) {/
