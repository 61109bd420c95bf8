package tracer

var native = &layoutAMD64
