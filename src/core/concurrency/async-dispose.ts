type AsyncDispose = typeof Symbol.asyncDispose;

/** `Symbol.asyncDispose`. Firefox 140 and WebKit 2.50 have none; `await using` then looks under this key, as compilers write it. */
export const asyncDispose: AsyncDispose =
  (Symbol as { readonly asyncDispose?: AsyncDispose }).asyncDispose ??
  (Symbol.for("Symbol.asyncDispose") as AsyncDispose);
