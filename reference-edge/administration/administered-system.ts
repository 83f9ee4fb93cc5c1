import type { HostEnvironment } from '#runtime/host.ts'
import type { TlsIdentity } from '#runtime/network.ts'
import type { Configuration } from '../configuration/configuration.ts'
import type { Product } from '../configuration/page.ts'
import type { Problem } from '../configuration/problem.ts'
import type { Administrator } from './login-gate.ts'

/**
 * A row of a read-only table, by the column keys of its description, and what its buttons need besides. A `page` is
 * shown as a link to that menu path.
 */
export type ViewRow = Readonly<Record<string, string | number | boolean | undefined>>

export type ActionAnswer =
  | {
      readonly ok: true
      readonly says: string
      readonly download?: { readonly name: string; readonly type: string; readonly body: Uint8Array | string }
    }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/** What a button does; values by key of its fields, already read. `by` is the administrator. */
export type ActionHandler = (values: Readonly<Record<string, unknown>>, by: string) => Promise<ActionAnswer>

/** By resource of the page, then by name of its view or action. */
export type Views = Readonly<
  Record<string, Readonly<Record<string, () => readonly ViewRow[] | Promise<readonly ViewRow[]>>>>
>
export type Actions = Readonly<Record<string, Readonly<Record<string, ActionHandler>>>>

/** What the administrator's pages and the API stand on. */
export interface AdministeredSystem {
  readonly product: Product
  readonly environment: HostEnvironment
  readonly identity: TlsIdentity
  readonly administrator: () => Administrator
  readonly configuration: Configuration
  /** Both are asked at each request: what stands in them may change while the system runs. */
  readonly views: Views
  readonly actions: Actions
  /** The status document: JSON values only. */
  readonly status: () => unknown
  /** Sentences above the page with this menu path: a restart is needed, maintenance mode is on. */
  readonly banners: (path: string) => readonly string[]
  readonly alarmCount: () => number
  /** A login failed from this address. */
  readonly onLoginFailure: (source: string) => void
  /** A row was created on a page whose creation has more to say, for example the result of a discovery. */
  readonly onCreated?: (resource: string, key: string) => Promise<ActionAnswer | undefined>
  /** Why a row that is shown and not stored cannot be edited or deleted; undefined where nothing made such a row. */
  readonly generatedRow?: (resource: string, key: string) => Problem | undefined
  /** Address to listen on; the host's first otherwise. */
  readonly address?: string
  /** Default 443. */
  readonly port?: number
}
