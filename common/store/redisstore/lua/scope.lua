-- ARGV: scope. Returns fields and values.
return documents(ARGV[1])
