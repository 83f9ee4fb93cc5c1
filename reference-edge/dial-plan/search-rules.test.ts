import { describe, expect, it } from 'vitest'
import { aliasOf, uriForAlias } from './alias.ts'
import type { AliasPattern } from './alias-pattern.ts'
import { patternProblem, transformed } from './alias-pattern.ts'
import type { SearchedAlias, SearchRule } from './search-rules.ts'
import { searchTargets } from './search-rules.ts'
import { parseUri } from '../protocol/sip/uri.ts'

const asIs: AliasPattern = { patternType: 'Exact', pattern: '', behavior: 'Leave', replacement: '' }
const pattern = (given: Partial<AliasPattern>) => ({ ...asIs, ...given })

describe('an alias pattern', () => {
  const alias = 'Dave@example.com'
  it.each([
    [{ pattern: 'dave@EXAMPLE.com' }, alias],
    [{ pattern: 'dave' }, undefined],
    [{ pattern: 'dave@example.com', behavior: 'Replace', replacement: '1001' }, '1001'],
    [{ patternType: 'Prefix', pattern: 'da' }, alias],
    [{ patternType: 'Prefix', pattern: 'da', behavior: 'Strip' }, 've@example.com'],
    [{ patternType: 'Prefix', pattern: 'da', behavior: 'Replace', replacement: '9' }, '9ve@example.com'],
    [{ patternType: 'Suffix', pattern: '@example.com', behavior: 'Strip' }, 'Dave'],
    [{ patternType: 'Suffix', pattern: '.com', behavior: 'Replace', replacement: '.test' }, 'Dave@example.test'],
    [{ patternType: 'Suffix', pattern: '.org' }, undefined],
    [{ patternType: 'Regex', pattern: '(.*)@example\\.com' }, alias],
    [{ patternType: 'Regex', pattern: 'example' }, undefined],
    [{ patternType: 'Regex', pattern: 'x|y' }, undefined],
    [
      { patternType: 'Regex', pattern: '(.*)@(.*)', behavior: 'Replace', replacement: '\\2.\\1@x' },
      'example.com.Dave@x',
    ],
  ] as const)('%o gives %s', (given, wanted) => {
    expect(transformed(pattern(given), alias)).toBe(wanted)
  })

  it.each([
    '(a+)+',
    '(a|a)*',
    '(.*)*',
    '((a?)b)+',
    '.*.*.*.*x',
    `${'a?'.repeat(28)}`,
    '\\[(.*)*]',
    '(a{1,9}){9}',
    '(?=a)a',
    '(?<name>a)',
    '(a)\\1',
    '(',
    '[',
    'a**',
    'x)(y',
  ])('refuses %s', (given) => {
    expect(patternProblem(pattern({ patternType: 'Regex', pattern: given }))).toMatchObject({ field: 'Pattern string' })
  })

  it.each(['.*@example\\.com', '(\\d{4})@(.*)', '(?:abc)+', '[(*+]*', '(.*\\.)?example\\.com', '(a|b)@c', '9{2,5}'])(
    'takes %s',
    (given) => expect(patternProblem(pattern({ patternType: 'Regex', pattern: given }))).toBeUndefined(),
  )

  it('stays quick where an alias fits almost', () => {
    const slowest = pattern({ patternType: 'Regex', pattern: '.*.*.*x' })
    expect(patternProblem(slowest)).toBeUndefined()
    expect(transformed(slowest, 'a'.repeat(255))).toBeUndefined()
    expect(transformed(slowest, 'x'.repeat(256))).toBeUndefined()
  })

  it('refuses what its behavior cannot do', () => {
    expect(patternProblem(pattern({ pattern: 'a', behavior: 'Strip' }))).toMatchObject({ field: 'Pattern behavior' })
    const twice = { patternType: 'Regex', pattern: '(a)', behavior: 'Replace', replacement: '\\2' } as const
    expect(patternProblem(pattern(twice))).toMatchObject({ field: 'Replace string' })
    expect(patternProblem(pattern({ patternType: 'Prefix', pattern: '' }))).toMatchObject({ field: 'Pattern string' })
  })
})

const rule = (given: Partial<SearchRule>): SearchRule => ({
  ...asIs,
  name: given.target ?? 'rule',
  priority: 100,
  protocol: 'Any',
  source: 'Any',
  mustBeAuthenticated: false,
  mode: 'Any alias',
  onMatch: 'Continue',
  target: 'zone',
  isEnabled: true,
  ...given,
})
const from: SearchedAlias = { alias: 'a@b.test', protocol: 'SIP', source: 'Local Zone', isAuthenticated: false }
const zones = (rules: SearchRule[], searched: Partial<SearchedAlias> = {}) =>
  searchTargets(rules, { ...from, ...searched }).map(({ zone }) => zone)

describe('search rules', () => {
  it('are asked by priority, then in their order', () => {
    const rules = [rule({ target: 'c' }), rule({ target: 'a', priority: 50 }), rule({ target: 'd' })]
    expect(zones(rules)).toEqual(['a', 'c', 'd'])
  })

  it('stop behind the priority of a match with Stop', () => {
    const stop = rule({ target: 'a', onMatch: 'Stop' })
    const rules = [stop, rule({ target: 'b' }), rule({ target: 'c', priority: 101 })]
    expect(zones(rules)).toEqual(['a', 'b'])
    expect(zones([{ ...stop, mode: 'Any IP address' }, ...rules.slice(1)])).toEqual(['b', 'c'])
  })

  it('have the alias as it came, each', () => {
    const strip = { mode: 'Alias pattern match', patternType: 'Prefix', pattern: 'a', behavior: 'Strip' } as const
    const rules = [rule({ target: 'a', ...strip }), rule({ target: 'b' }), rule({ target: 'b', priority: 200 })]
    expect(searchTargets(rules, from)).toEqual([
      { rule: 'a', zone: 'a', alias: '@b.test' },
      { rule: 'b', zone: 'b', alias: 'a@b.test' },
    ])
  })

  it('look at source, protocol, authentication, mode and state', () => {
    expect(zones([rule({ source: 'Any' })], { source: 'Default Zone' })).toEqual(['zone'])
    expect(zones([rule({ source: 'All zones' })], { source: 'Default Zone' })).toEqual([])
    expect(zones([rule({ source: 'All zones' })], { source: 'Trunk' })).toEqual(['zone'])
    expect(zones([rule({ source: 'Trunk' })], { source: 'Trunk' })).toEqual(['zone'])
    expect(zones([rule({ source: 'Local Zone' })], { source: 'Trunk' })).toEqual([])
    expect(zones([rule({ protocol: 'H.323' })])).toEqual([])
    expect(zones([rule({ protocol: 'H.323' })], { protocol: 'H.323' })).toEqual(['zone'])
    expect(zones([rule({ mustBeAuthenticated: true })])).toEqual([])
    expect(zones([rule({ mustBeAuthenticated: true })], { isAuthenticated: true })).toEqual(['zone'])
    expect(zones([rule({ isEnabled: false })])).toEqual([])
    expect(zones([rule({})], { alias: '192.0.2.1' })).toEqual([])
    expect(zones([rule({ mode: 'Any IP address' })], { alias: '192.0.2.1' })).toEqual(['zone'])
  })
})

describe('the alias of a request URI', () => {
  const asked = parseUri('sip:peter@partner.test:5070;transport=tls')!

  it('is user and host', () => {
    expect(aliasOf(asked)).toBe('peter@partner.test')
    expect(aliasOf(parseUri('sip:192.0.2.1')!)).toBe('192.0.2.1')
  })

  it('keeps port and parameters of the same host only', () => {
    expect(uriForAlias('peter@partner.test', asked)).toBe('sip:peter@partner.test:5070;transport=tls')
    expect(uriForAlias('p@partner.test', asked)).toBe('sip:p@partner.test:5070;transport=tls')
    expect(uriForAlias('peter@other.test', asked)).toBe('sip:peter@other.test')
    expect(uriForAlias('not a uri', asked)).toBeUndefined()
  })
})
