# writer.c: replay writes blocks again that were finished
s/if (block < p->finished) {/if (block + 1 < p->finished) {/
