# sequence.c by parts: blocks of the parts before are taken for this part's
/^static enum dfp_status next_part/,/^}/s/->blocks += blocks;/->blocks += 0 * blocks;/
