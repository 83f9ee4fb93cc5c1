/**
 * When a changed value counts. `service`: at once until Unified Communications services have run since the start,
 * behind the next restart from then on (guide: Checking alarms and status; our reading of contradiction 4).
 */
export type Effect = 'at once' | 'service' | 'restart'

export type Reading<Value> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly says: string; readonly action: string }

export interface Condition {
  readonly field: string
  readonly is: readonly string[]
}

/** One field of a page. Values are the words of the page: `On`, `Mobile and remote access`, 480. */
export interface Field<Value = unknown> {
  /** As the page prints it, and the name in the API. */
  readonly label: string
  readonly help: string
  readonly input: 'text' | 'secret' | 'number' | 'choice' | 'multiline'
  readonly choices?: readonly string[]
  readonly unit?: string
  readonly initial: Value
  /** Starred on the page: refused when empty. */
  readonly isMandatory: boolean
  /** The page's own effect otherwise. */
  readonly effect?: Effect
  /** Shown behind "Show advanced settings" only. */
  readonly isAdvanced: boolean
  /** Heading on the page. */
  readonly section?: string
  /** Shown and checked only while other fields of the page have one of these values. */
  readonly when?: Condition | readonly Condition[]
  /** The guide asks for it: unset, Status > Unified Communications says so in these words. */
  readonly required?: string
  /** What the guide asks for; any other value is a configuration error in the words of `required`. */
  readonly requiredValue?: readonly string[]
  /** What mends it where no other value here does. */
  readonly remedy?: string
  /** Refused before Unified Communications mode is Mobile and remote access (anything but the default). */
  readonly needsMode: boolean
  /** Refused before the option key Advanced Networking is installed (anything but the default). */
  readonly needsKey: boolean
  /** Each peer of a cluster has its own, though the rest of the page is replicated. */
  readonly isPerPeer?: boolean
  read(given: unknown): Reading<Value>
}

/** Of a field that depends on several others all have to hold. */
export function conditionsOf({ when }: Pick<Field, 'when'>): readonly Condition[] {
  return when === undefined ? [] : 'field' in when ? [when] : when
}

export type Fields = Readonly<Record<string, Field>>
export type ValuesOf<F extends Fields> = { readonly [K in keyof F]: F[K] extends Field<infer Value> ? Value : never }

/** What every kind of field may say. */
export interface FieldRules {
  readonly help?: string
  readonly isMandatory?: boolean
  readonly effect?: Effect
  readonly isAdvanced?: boolean
  readonly section?: string
  readonly when?: Condition | readonly Condition[]
  readonly required?: string
  readonly requiredValue?: readonly string[]
  readonly remedy?: string
  readonly needsMode?: boolean
  readonly isPerPeer?: boolean
  readonly needsKey?: boolean
}

/** What a text has to be; the value is why it is not. */
export type TextCheck = (text: string) => { readonly says: string; readonly action: string } | undefined

const common = ({ help = '', ...rest }: FieldRules) => ({
  help,
  isMandatory: false,
  isAdvanced: false,
  needsMode: false,
  needsKey: false,
  ...rest,
})

const refused = (says: string, action: string) => ({ ok: false, says, action }) as const

/** A line of text; blanks around it are cut off. */
export function text(
  label: string,
  rules: FieldRules & { initial?: string; check?: TextCheck; maxLength?: number } = {},
): Field<string> {
  const { initial = '', check, maxLength = 255, ...others } = rules
  return {
    label,
    input: 'text',
    initial,
    ...common(others),
    read(given) {
      if (typeof given !== 'string') return refused('is not a text', 'Enter a text')
      const value = given.trim()
      if (value === '') return { ok: true, value }
      if (value.length > maxLength) return refused(`has ${value.length} characters`, `Use at most ${maxLength}`)
      if (/[\x00-\x1f\x7f]/.test(value)) return refused('has control characters', 'Remove them')
      const wrong = check?.(value)
      return wrong === undefined ? { ok: true, value } : { ok: false, ...wrong }
    },
  }
}

/** Never shown again: an empty entry keeps what is stored. */
export function secret(label: string, rules: FieldRules = {}): Field<string> {
  return {
    label,
    input: 'secret',
    initial: '',
    ...common(rules),
    read(given) {
      if (typeof given !== 'string') return refused('is not a text', 'Enter a text')
      if (given.length > 1_000) return refused('is too long', 'Use at most 1000 characters')
      return { ok: true, value: given }
    },
  }
}

export function choice<const Choices extends readonly [string, ...string[]]>(
  label: string,
  choices: Choices,
  rules: FieldRules & { initial?: Choices[number] } = {},
): Field<Choices[number]> {
  const { initial = choices[0], ...others } = rules
  return {
    label,
    input: 'choice',
    choices,
    initial,
    ...common(others),
    read(given) {
      const found = choices.find((each) => each === given)
      if (found !== undefined) return { ok: true, value: found }
      return refused(`cannot be "${String(given)}"`, `Choose one of: ${choices.join(', ')}`)
    },
  }
}

export const onOff = (label: string, initial: 'On' | 'Off', rules: FieldRules = {}): Field<'On' | 'Off'> =>
  choice(label, ['On', 'Off'], { ...rules, initial })

export function integer(
  label: string,
  rules: FieldRules & {
    initial: number
    minimum: number
    maximum: number
    unit?: string
    check?: (value: number) => { readonly says: string; readonly action: string } | undefined
  },
): Field<number> {
  const { initial, minimum, maximum, unit, check, ...others } = rules
  return {
    label,
    input: 'number',
    initial,
    ...(unit === undefined ? {} : { unit }),
    ...common(others),
    read(given) {
      const value = typeof given === 'string' && /^\s*-?\d{1,12}\s*$/.test(given) ? Number(given) : given
      const range = `Enter a whole number from ${minimum} to ${maximum}`
      if (typeof value !== 'number' || !Number.isInteger(value)) return refused('is not a whole number', range)
      if (value < minimum || value > maximum) return refused(`cannot be ${value}`, range)
      const wrong = check?.(value)
      return wrong === undefined ? { ok: true, value } : { ok: false, ...wrong }
    },
  }
}

/** Ports the VCS applications use inside (guide: Unified Communications port reference, notes). */
const reservedPorts = [8191, 8192, 8883, 8884]

/** A port to listen on or to dial; those the applications use inside are refused. */
export function port(label: string, rules: FieldRules & { initial: number }): Field<number> {
  return integer(label, {
    ...rules,
    minimum: 1,
    maximum: 65_535,
    check: (value) =>
      reservedPorts.includes(value)
        ? {
            says: `${value} is used inside the VCS applications`,
            action: `Choose another port than ${reservedPorts.join(', ')}`,
          }
        : undefined,
  })
}

/** A FQDN, a host name or an IPv4 address. */
export const isHostOrAddress: TextCheck = (given) => {
  if (/^\d+(\.\d+)*$/.test(given)) return isIpv4(given)
  const labels = given.split('.')
  return given.length <= 253 && labels.every((label) => /^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/.test(label))
    ? undefined
    : { says: `"${given}" is no host name or address`, action: 'Enter a FQDN or an IPv4 address' }
}

export const isIpv4: TextCheck = (given) =>
  /^(\d{1,3})(\.\d{1,3}){3}$/.test(given) && given.split('.').every((part) => Number(part) <= 255)
    ? undefined
    : {
        says: `"${given}" is no IPv4 address`,
        action: 'Enter four numbers from 0 to 255 with points between (mobile and remote access has no IPv6)',
      }

export const isDomainName: TextCheck = (given) =>
  isHostOrAddress(given) === undefined && !/^\d+(\.\d+)*$/.test(given)
    ? undefined
    : { says: `"${given}" is no domain name`, action: 'Enter a name such as example.com' }
