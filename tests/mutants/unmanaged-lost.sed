# writer.c by parts: the module's own bytes are erased with the block around them
s/^        status = dfp_unmanaged_fetch(p, start, p->page, used);/        status = DFP_OK;/
