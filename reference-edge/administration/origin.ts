/** What the listener knows of a request besides its head and body. */
export interface Origin {
  Bindings: { readonly source: string }
}
