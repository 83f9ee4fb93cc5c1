import { patternProblem } from '../../dial-plan/alias-pattern.ts'
import type { ValuesOf } from '../field.ts'
import { choice, integer, text } from '../field.ts'
import { Product, tablePage } from '../page.ts'

const ofPattern = { field: 'mode', is: ['Alias pattern match'] } as const

const fields = {
  name: text('Rule name', { isMandatory: true, maxLength: 50 }),
  description: text('Description', { maxLength: 64 }),
  priority: integer('Priority', {
    initial: 100,
    minimum: 1,
    maximum: 65_534,
    help: 'The lowest number comes first; rules of one priority are asked in their order. Generated rules have 45',
  }),
  protocol: choice('Protocol', ['Any', 'SIP', 'H.323']),
  source: text('Source', {
    initial: 'Any',
    isMandatory: true,
    help: 'Any, All zones (all but the Default Zone), Local Zone, Default Zone, or the name of a zone',
  }),
  authenticated: choice('Request must be authenticated', ['No', 'Yes'], {
    help: 'Yes: requests through zones whose authentication policy is Treat as authenticated',
  }),
  mode: choice('Mode', ['Any alias', 'Any IP address', 'Alias pattern match'], {
    help: 'Any alias: all but IP addresses',
  }),
  patternType: choice('Pattern type', ['Exact', 'Prefix', 'Suffix', 'Regex'], {
    when: ofPattern,
    initial: 'Prefix',
    help: 'Cases do not count. A regular expression matches the whole alias, for example .*@example\\.com',
  }),
  pattern: text('Pattern string', {
    when: ofPattern,
    isMandatory: true,
    maxLength: 60,
    help: 'Compared to user@host of the request, without port and parameters',
  }),
  behavior: choice('Pattern behavior', ['Leave', 'Strip', 'Replace'], {
    when: ofPattern,
    initial: 'Strip',
    help: 'What becomes of the part that matched before the target is asked',
  }),
  replacement: text('Replace string', {
    when: [ofPattern, { field: 'behavior', is: ['Replace'] }],
    maxLength: 60,
    help: 'With a regular expression \\1 to \\9 are its groups',
  }),
  onMatch: choice('On successful match', ['Continue', 'Stop'], {
    help: 'Stop: rules of a higher number are not asked any more, though the target has no such alias',
  }),
  target: text('Target', { isMandatory: true, help: 'The name of a zone, or Local Zone' }),
  state: choice('State', ['Enabled', 'Disabled']),
}

const rules = {
  path: 'Configuration > Dial plan > Search rules',
  intro:
    'Each request that is not of mobile and remote access is offered to the targets of the rules that match its alias, ' +
    'one after the other. Rules of discovered Unified CM nodes are generated and cannot be edited.',
  key: 'name',
  rowName: 'search rule',
  columns: ['priority', 'name', 'source', 'patternType', 'pattern', 'onMatch', 'target', 'state'],
  fields,
  check: (rule: ValuesOf<typeof fields>) =>
    rule.mode !== 'Alias pattern match' ? [] : [patternProblem(rule)].filter((problem) => problem !== undefined),
  views: {
    rules: {
      title: 'Search rules in use',
      columns: {
        priority: 'Priority',
        name: 'Rule name',
        patternType: 'Pattern type',
        pattern: 'Pattern string',
        target: 'Target',
        isConfigurable: 'Configurable',
        reason: 'Reason',
      },
      empty: 'No search rule',
    },
  },
} as const

/** Guide: Automatically generated zones and search rules; dial plan of the VCS Control. */
export const searchRules = tablePage({
  ...rules,
  resource: 'controller/searchrule',
  on: [Product.control],
  initialRows: [{ name: 'LocalZoneMatch', priority: 50, target: 'Local Zone' }],
})

/** The same on the VCS Expressway, which has no generated rules and no devices of its own. */
export const expresswaySearchRules = tablePage({ ...rules, resource: 'edge/searchrule', on: [Product.expressway] })
