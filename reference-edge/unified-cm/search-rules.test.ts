import { describe, expect, it } from 'vitest'
import { aliasFor, searchRuleFor, zonesFor } from './search-rules.ts'

describe('search rules of discovered nodes', () => {
  it('match the node name alone, before any rule of an administrator', () => {
    const rule = searchRuleFor('cucm1.example.com', 'CEtcp-cucm1.example.com')
    expect(rule).toMatchObject({
      priority: 45,
      patternType: 'Exact',
      pattern: 'cucm1.example.com',
      configurable: false,
    })
    expect(zonesFor([rule], 'CUCM1.example.com')).toEqual(['CEtcp-cucm1.example.com'])
    expect(zonesFor([rule], 'cucm1.example.com.evil')).toEqual([])
  })

  it('of TLS zones match what asks for TLS', () => {
    const rules = [
      searchRuleFor(aliasFor('cucm1', false), 'CEtcp-cucm1'),
      searchRuleFor(aliasFor('cucm1', true), 'CEtls-cucm1'),
    ]
    expect(zonesFor(rules, aliasFor('cucm1', true))).toEqual(['CEtls-cucm1'])
    expect(zonesFor(rules, aliasFor('cucm1', false))).toEqual(['CEtcp-cucm1'])
  })

  it('become a regular expression within 60 characters for a longer name', () => {
    const node = `${'a'.repeat(40)}.${'b'.repeat(30)}.example.com`
    const rule = searchRuleFor(node, 'z')
    expect(rule.patternType).toBe('Regex')
    expect(rule.pattern.length).toBeLessThanOrEqual(60)
    expect(zonesFor([rule], node)).toEqual(['z'])
    expect(zonesFor([rule], node.replace('.example.', 'xexamplex'))).toEqual([])
    expect(zonesFor([rule], node.replace('b', 'bb'))).toEqual([])
    expect(zonesFor([rule], 'cucm1.example.com')).toEqual([])
  })

  it('hold dots at the ends of any long name within the field', () => {
    const node = `${'a.'.repeat(60)}example.com`
    const rule = searchRuleFor(node, 'z')
    expect(rule.pattern.length).toBeLessThanOrEqual(60)
    expect(zonesFor([rule], node)).toEqual(['z'])
  })
})
