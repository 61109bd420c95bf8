package tracer

var native = &layoutARM64
