// Package encoder turns texts into vectors such that texts of like meaning
// have like vectors, in some hundred languages and between them: the cosine of
// a question's vector and that of a sentence tells how far the one is about the
// other. The model is multilingual-e5-small with 4-bit weights, see package
// weights.
//
//   - tensors.go reads the file: views of it, never copies of a matrix.
//   - tokenizer.go cuts a text into the model's pieces (SentencePiece unigram).
//   - product.go multiplies by a 4-bit matrix, a few rows at a time.
//   - forward.go is the network (BERT): attention, feed-forward, mean.
//   - encoder.go is what others call.
package encoder
