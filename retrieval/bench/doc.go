// Package bench measures package retrieval beside bleve in one run. It is a
// module of its own, so that bleve is no dependency of the program:
//
//	cd retrieval/bench && go test -bench . -benchtime 3x
package bench
