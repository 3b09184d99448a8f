// Package tidytest holds the rules of the repository as tests: sizes of files, functions and lines, a comment for every
// package, no test that skips, which package may import which, and which one package may import a third-party module.
//
//	pure ◄── logic ◄── rim ◄── assembly ◄── mains, integration      (an import points to the left, or stays)
package tidytest
