# writer.c: replay writes blocks again that were finished
s/if (order < p->finished) {/if (order + 1 < p->finished) {/
