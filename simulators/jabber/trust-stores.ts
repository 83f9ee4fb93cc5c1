import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PlatformName } from './platforms.ts'
import { platforms } from './platforms.ts'

/**
 * The trusted CAs of the operating system below the client's own folder, one PEM file each, and beside it the folder
 * of the application. Jabber uses the operating system's certificate mechanism (guide: Jabber clients): what lies in
 * its own folder, or where another system would keep it, is not trusted.
 */
export class TrustStores {
  readonly #data: string
  readonly #own: string

  constructor(data: string, platform: PlatformName) {
    this.#data = data
    this.#own = platforms[platform].trustStore
  }

  /** What the device came with takes the place of what it came with before; imported certificates stay. */
  preinstall(certificates: readonly string[]): void {
    const folder = this.#folder(this.#own)
    for (const name of filesOf(folder)) if (name.startsWith(preinstalled)) rmSync(join(folder, name))
    for (const certificate of certificates) this.#write(folder, preinstalled, certificate)
  }

  /** Puts a PEM certificate into a store by its name, or into the `application folder`. Throws where there is no such. */
  import(place: string, certificate: string): void {
    if (!places.includes(place)) throw new Error(`there is no "${place}"; there are ${places.join(', ')}`)
    this.#write(this.#folder(place), 'imported', certificate)
  }

  /** PEM texts of the CAs the platform trusts, as they are in its store now. */
  trusted(): string[] {
    const folder = this.#folder(this.#own)
    return filesOf(folder).map((name) => readFileSync(join(folder, name), 'utf8'))
  }

  #write(folder: string, prefix: string, certificate: string): void {
    const name = createHash('sha256').update(certificate).digest('hex').slice(0, 16)
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    writeFileSync(join(folder, `${prefix}-${name}.pem`), certificate, { mode: 0o600 })
  }

  #folder(place: string): string {
    return join(this.#data, 'Certificates', place)
  }
}

const preinstalled = 'preinstalled'
const places: readonly string[] = [
  ...Object.values(platforms).map(({ trustStore }) => trustStore),
  'application folder',
]

function filesOf(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.pem')) : []
}
