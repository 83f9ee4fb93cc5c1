/** Why a change was not taken: where, what, and how to mend it. */
export interface Problem {
  /** Menu path of the page, for example `System > DNS`. */
  readonly page: string
  /** Label of the field; empty where the page as a whole is meant. */
  readonly field: string
  readonly says: string
  readonly action: string
}

/** One line for logs and terminals. */
export function problemLine({ page, field, says, action }: Problem): string {
  return `${page}${field === '' ? '' : `, ${field}`}: ${says}. ${action}`
}
