import type { Direction, Section } from './section.ts'

/** What every m-line of an endpoint says in the same words. */
export interface DescribedAs {
  readonly address: string
  readonly direction: Direction
}

/** An m-line of an endpoint besides its audio. */
export interface FurtherLine {
  /** The first of our lines that takes an offered m-line has it. */
  matches(offered: Section): boolean
  /** Its m-line and what stands below, as an offer. */
  offer(as: DescribedAs): readonly string[]
  /** The same as the answer to what it matched; undefined where it cannot be agreed. */
  answer(offered: Section, as: DescribedAs): readonly string[] | undefined
  /** We answered `remote`, resp. `remote` is the answer to our offer. Sending begins or goes on. */
  settle(remote: Section, side: { readonly isAnswerer: boolean; readonly direction: Direction }): void
  /** Its keys change with the next description. */
  renewKeys(): void
  /** Refused by the other side: nothing is sent. */
  refuse(): void
  close(): Promise<void>
}
