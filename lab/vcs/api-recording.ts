import { writeFileSync } from 'node:fs'
import type { Lab } from '../lab.ts'
import type { ApiCall } from './administrator.ts'

/**
 * The API calls that configured the VCSs of a lab as a `.http` file: one request behind the other, with the variables it
 * uses at its head. It holds the lab's passwords and keys, so that only its owner may read it.
 */
export class ApiRecording {
  readonly #path: string
  readonly #calls: { readonly host: string; readonly call: ApiCall }[] = []

  constructor(path: string) {
    this.#path = path
  }

  add(host: string, call: ApiCall): void {
    this.#calls.push({ host, call })
  }

  write(lab: Lab): void {
    const { hosts } = lab.describe()
    const variables = [...new Set(this.#calls.map(({ host }) => host))].flatMap((host) => {
      const { url, username, password } = hosts[host]!.admin!
      return [`@${host} = ${url.replace(/\/$/, '')}`, `@${host}-login = ${username} ${password}`]
    })
    const requests = this.#calls.map(({ host, call }) => requestText(host, call))
    const text = [heading, ...variables, '', ...requests].join('\n')
    writeFileSync(this.#path, text, { mode: 0o600 })
  }
}

const heading =
  '# What an administrator configures on the VCS pair, call by call (Basic login; JSON by the labels of the pages).'

function requestText(host: string, { method, path, body }: ApiCall): string {
  return [
    `### ${host}`,
    `${method} {{${host}}}${path}`,
    `Authorization: Basic {{${host}-login}}`,
    'Content-Type: application/json',
    '',
    JSON.stringify(body ?? {}, null, 2),
    '',
  ].join('\n')
}
