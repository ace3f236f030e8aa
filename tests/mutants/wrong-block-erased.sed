# writer.c: one of the blocks is erased in place of the one after it
s/dfp_flash_erase(p, DFP_NEW, start)/dfp_flash_erase(\
    p, DFP_NEW, start == 3 * p->slot->new_erase_size ? 0 : start)/
