import { readFileSync } from 'node:fs'
import { parse } from 'yaml'

export type Verdict = 'by scenario' | 'documentation' | 'out of scope' | 'open'

/** One statement of the deployment guide, in our words. */
export interface Statement {
  readonly id: string
  readonly section: string
  readonly statement: string
  readonly kind: string
  readonly observe: string
  readonly verdict: Verdict
  /** Why it is documentation only or out of scope. */
  readonly reason?: string
}

interface RegisterEntry extends Omit<Statement, 'verdict'> {
  readonly testability: 'full' | 'partial' | 'documentation-only'
  readonly why?: string
  readonly verdict?: Verdict
}

/** Reads the register; an entry without a verdict is `open`, one that can only be documented is `documentation`. */
export function readRegister(path: string | URL = new URL('./register.yaml', import.meta.url)): Statement[] {
  const entries = parse(readFileSync(path, 'utf8')) as RegisterEntry[]
  return entries.map(({ id, section, statement, kind, observe, verdict, testability, why }) => ({
    id,
    section,
    statement,
    kind,
    observe,
    verdict: verdict ?? (testability === 'documentation-only' ? 'documentation' : 'open'),
    ...(testability === 'documentation-only' && why !== undefined ? { reason: why } : {}),
  }))
}

/** `TRB-401-02` lies in the areas `TRB-401` and `TRB`. */
export function areasOf(id: string): string[] {
  const parts = id.split('-').slice(0, -1)
  return parts.map((_, index) => parts.slice(0, index + 1).join('-'))
}
