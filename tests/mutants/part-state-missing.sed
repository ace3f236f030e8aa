# sequence.c by parts: in place, a part is resumed from the state of the one before
/^static enum dfp_status next_part/,/^}/s/if (status == DFP_OK && dfp_one_slot(p)) {/if (false) {/
