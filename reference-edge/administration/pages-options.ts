import type { AdministeredSystem } from './administered-system.ts'
import type { LoginGate } from './login-gate.ts'
import type { Sessions } from './sessions.ts'

/** What the pages for people stand on. */
export interface PagesOptions {
  readonly system: AdministeredSystem
  readonly gate: LoginGate
  readonly sessions: Sessions
  readonly onLoginFailure: (source: string) => void
  readonly onError: (error: Error) => void
}
