/** Values of a page by label, in the words of the page. */
export type PageValues = Readonly<Record<string, string | number>>

/** What is configured on a VCS, by menu path and in the order of the guide: a form's values or a table's rows. */
export type VcsDocument = Readonly<Record<string, PageValues | readonly PageValues[]>>

/** Certificates as they are loaded: PEM texts. */
export interface VcsCertificates {
  readonly identity: { readonly key: string; readonly cert: string }
  readonly trust: readonly string[]
}

/** The plan of a VCS: what it is before anybody configures it, and what its administrator does. */
export interface VcsPlan {
  readonly installation: Readonly<Record<string, unknown>>
  readonly document: VcsDocument
}

/** The document with other values on a form. */
export function withValues(document: VcsDocument, page: string, values: PageValues): VcsDocument {
  const before = document[page]
  if (Array.isArray(before)) throw new Error(`${page} has rows`)
  return { ...document, [page]: { ...(before as PageValues | undefined), ...values } }
}

/** The document with other rows in a table. */
export function withRows(
  document: VcsDocument,
  page: string,
  change: (rows: readonly PageValues[]) => readonly PageValues[],
): VcsDocument {
  const before = document[page] ?? []
  if (!Array.isArray(before)) throw new Error(`${page} is no table`)
  return { ...document, [page]: change(before) }
}
