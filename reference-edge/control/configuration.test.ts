import { describe, expect, it } from 'vitest'
import { parseControlConfiguration } from './configuration.ts'

const least = {
  administration: { username: 'admin', passwordHash: 'scrypt:00:00' },
  unifiedCommunications: { mode: 'mobile-and-remote-access' },
  domains: [{ name: 'example.com' }],
  traversalClient: { peer: 'vcse1.example.com', username: 'exampleauth', password: 'x' },
}

describe('the configuration of a VCS Control', () => {
  it('has the defaults of the guide', () => {
    const parsed = parseControlConfiguration(least)
    expect(parsed.unifiedCommunications).toMatchObject({
      credentialsRefreshMinutes: 480,
      credentialsCleanupMinutes: 720,
      httpAllowList: [],
    })
    expect(parsed.traversalClient).toMatchObject({ port: 7001, authenticationPolicy: 'do-not-check-credentials' })
    expect(parsed.domains[0]).toMatchObject({ sipOnVcs: false, sipOnUnifiedCm: true })
  })

  it('has IM and Presence services on for one domain at most', () => {
    const domains = (imAndPresence: boolean) => [{ name: 'example.com' }, { name: 'example.org', imAndPresence }]
    expect(parseControlConfiguration({ ...least, domains: domains(false) }).domains).toHaveLength(2)
    expect(() => parseControlConfiguration({ ...least, domains: domains(true) })).toThrow(/domains: .*one domain only/)
  })

  it('takes host names and addresses for the HTTP server allow list', () => {
    const listed = (...httpAllowList: string[]) =>
      parseControlConfiguration({ ...least, unifiedCommunications: { mode: 'off', httpAllowList } })
    const good = ['cuc1.example.com', 'cuc1', '10.0.0.5']
    expect(listed(...good).unifiedCommunications.httpAllowList).toEqual(good)
    for (const bad of ['', 'https://cuc1.example.com/', 'cuc1 example', '-cuc1', '*.example.com', 'cuc1:443'])
      expect(() => listed(bad)).toThrow(/httpAllowList/)
  })

  it('names every problem with its place', () => {
    const wrong = { ...least, traversalClient: { ...least.traversalClient, port: 0, colour: 'red' } }
    expect(() => parseControlConfiguration(wrong)).toThrow(/traversalClient\.port.*traversalClient\.colour/)
  })
})
