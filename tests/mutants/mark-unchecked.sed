# journal.c: a torn mark is believed
s/if (memcmp(found, wanted, MARK_SIZE) == 0) {/if (dfc_get32(found) != 0xFFFFFFFFu) {/
