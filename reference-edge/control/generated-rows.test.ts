import { describe, expect, it } from 'vitest'
import { searchRules } from '../configuration/pages/dial-plan.ts'
import { domains } from '../configuration/pages/unified-communications.ts'
import { controlZones } from '../configuration/pages/zones.ts'
import { generatedRow } from './generated-rows.ts'

const facts = {
  zones: [
    { name: 'CEtcp-cucm1', node: 'cucm1', transport: 'TCP' },
    { name: 'CEtls-cucm2', node: 'cucm2', transport: 'TLS' },
  ],
  nodes: [
    { kind: 'im-and-presence', name: 'cucm1', publisher: 'imp1.example.com' },
    { kind: 'unified-cm', name: 'cucm1', publisher: 'cucm1.example.com' },
  ],
} as const

describe('a generated row', () => {
  it('says for which node and from which server it was made, and what changes it', () => {
    const problem = generatedRow(facts, controlZones.resource, 'CEtcp-cucm1')
    expect(problem).toMatchObject({ page: 'Configuration > Zones > Zones', field: '' })
    expect(problem!.says).toBe(
      'the zone "CEtcp-cucm1" is generated for the node "cucm1", discovered from the Unified CM server ' +
        '"cucm1.example.com": it cannot be edited or deleted here',
    )
    expect(problem!.action).toContain('Configuration > Unified Communications > Unified CM servers')
    expect(problem!.action).toContain('delete "cucm1.example.com" there')
  })

  it('is a search rule too, also where its server is unknown', () => {
    const problem = generatedRow(facts, searchRules.resource, 'CEtls-cucm2')
    expect(problem!.says).toContain('the search rule "CEtls-cucm2" is generated for the node "cucm2":')
    expect(problem!.action).toContain('Cluster Security Mode')
  })

  it('is none of another page or name', () => {
    expect(generatedRow(facts, domains.resource, 'CEtcp-cucm1')).toBeUndefined()
    expect(generatedRow(facts, controlZones.resource, 'CEtcp-cucm9')).toBeUndefined()
  })
})
