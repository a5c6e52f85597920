"""Part I, penalties: when group penalties make blocks of scores or of attention exactly zero."""

ORDER = ["group-lasso", "group-lasso-attention", "group-sparsemax"]
