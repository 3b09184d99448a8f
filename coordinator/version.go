package coordinator

// Version is the version of the program, set when it is linked.
var Version = "dev"
