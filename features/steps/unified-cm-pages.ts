import type { DataTable } from '@cucumber/cucumber'
import { Then, When } from '@cucumber/cucumber'
import type { WebPage } from '#lab/operator/visitor.ts'
import { openVisitor } from '#lab/operator/visitor.ts'
import { Mismatch } from '../support/matchers.ts'
import { addressOf } from '../support/places.ts'
import type { LabWorld } from '../support/world.ts'

interface PageRow {
  readonly row: string
  readonly fields: Readonly<Record<string, unknown>>
}

async function rowOf(world: LabWorld, page: string, title: string): Promise<PageRow['fields'] | undefined> {
  const rows = await (await world.host('cucm1')).management.call<PageRow[]>('page', { page })
  return rows.find(({ row }) => row === title)?.fields
}

/** All columns of the page, in their order. */
Then(
  'the page {string} of Unified CM has the row {string}:',
  async function (this: LabWorld, page: string, title: string, table: DataTable) {
    const found = Object.entries((await rowOf(this, page, title)) ?? {}).map(([label, value]) => [label, String(value)])
    if (JSON.stringify(found) !== JSON.stringify(table.raw()))
      throw new Mismatch(`${page}, ${title}`, table.raw(), found)
    this.showRecord('cucm1', `${page}, ${title}: ${found.map((field) => field.join(' = ')).join(', ')}`)
  },
)

/** Numbers are typed as they are shown. */
When(
  'the administrator of Unified CM sets {string} of {string} to {string} on the page {string}',
  async function (this: LabWorld, field: string, row: string, typed: string, page: string) {
    const value = /^\d+$/.test(typed) ? Number(typed) : typed
    const { management } = await this.host('cucm1')
    const refusal = await management.call('set', { page, row, field, value }).then(
      () => 'none',
      (error: Error) => error.message,
    )
    this.memory.set('refusal of Unified CM', refusal)
  },
)

Then('Unified CM takes it', function (this: LabWorld) {
  const refusal = this.recall<string>('refusal of Unified CM')
  if (refusal !== 'none') throw new Mismatch('the change in Unified CM', 'taken', refusal)
})

Then('Unified CM refuses it: {string}', function (this: LabWorld, says: string) {
  const refusal = this.recall<string>('refusal of Unified CM')
  if (!refusal.includes(says)) throw new Mismatch('the change in Unified CM', says, refusal)
  this.showRecord('cucm1', refusal)
})

const profiles = '/ccmadmin/system-security-phone-security-profile'

/** The page in the browser of somebody inside. */
async function browse(world: LabWorld, target: string, form?: Readonly<Record<string, string>>): Promise<WebPage> {
  const lab = await world.lab()
  await using visitor = await openVisitor(lab, 'inside')
  return visitor.page({ address: addressOf(lab, 'cucm1'), port: 8443 }, lab.secrets.ccmAdministrator, target, form)
}

interface FormField {
  readonly key: string
  /** With its star. */
  readonly label: string
  readonly isRequired: boolean
}

function fieldsOf(text: string): FormField[] {
  return [...text.matchAll(/<label for="field-(\w+)">([^<]+)<\/label>\s*<(?:input|select|textarea)([^>]*)>/g)].map(
    ([, key, label, attributes]) => ({ key: key!, label: label!, isRequired: / required/.test(attributes!) }),
  )
}

When('the administrator of Unified CM opens the form of a new phone security profile', async function (this: LabWorld) {
  this.memory.set('form', await browse(this, `${profiles}/new`))
})

Then('the form has exactly the fields:', function (this: LabWorld, table: DataTable) {
  const { text } = this.recall<WebPage>('form')
  const wanted = table.raw().map(([label]) => label!)
  const found = fieldsOf(text)
  const labels = found.map(({ label }) => label)
  if (labels.join() !== wanted.join()) throw new Mismatch('the fields of the form', wanted, labels)
  const unmarked = found.filter(({ label, isRequired }) => label.endsWith('*') !== isRequired)
  if (unmarked.length > 0) throw new Mismatch('mandatory fields', 'those with a star', unmarked)
  this.showRecord('cucm1', `fields: ${labels.join(', ')}`)
})

const filledIn: Readonly<Record<string, string>> = {
  'Product Type': 'Cisco TelePresence EX90',
  'Device Protocol': 'SIP',
  'Name*': 'new.secure.example.com',
  'Nonce Validity Time*': '600',
  'Device Security Mode': 'Encrypted',
  'Transport Type*': 'TLS',
  'Authentication Mode*': 'By Null String',
  'Key Size (Bits)*': '1024',
  'SIP Phone Port*': '5061',
}

async function saveProfile(world: LabWorld, except?: string): Promise<void> {
  const { text } = await browse(world, `${profiles}/new`)
  const typed = fieldsOf(text).map(({ key, label }) => [key, label === except ? '' : (filledIn[label] ?? '')])
  world.memory.set('saved', await browse(world, `${profiles}/new`, { ...Object.fromEntries(typed), action: 'Save' }))
}

When('he fills it in and saves it', async function (this: LabWorld) {
  await saveProfile(this)
})

When('he fills it in without {string} and saves it', async function (this: LabWorld, label: string) {
  if (filledIn[`${label}*`] === undefined) throw new Error(`${label} has no star on the form`)
  await saveProfile(this, `${label}*`)
})

Then('the form is not saved: {string}', async function (this: LabWorld, says: string) {
  const { status, text } = this.recall<WebPage>('saved')
  const problems = [...text.matchAll(/<li>([^<]+)<\/li>/g)].map(([, problem]) => problem)
  if (status !== 400 || !problems.includes(says)) throw new Mismatch('the answer to Save', says, { status, problems })
  this.showRecord('cucm1', `not saved: ${says}`)
})

Then('Unified CM has the phone security profile {string}', async function (this: LabWorld, name: string) {
  const page = 'System > Security > Phone Security Profile'
  const found = await rowOf(this, page, name)
  if (found === undefined) throw new Mismatch(page, name, 'no such row')
  this.showRecord('cucm1', `${name}: ${JSON.stringify(found)}`)
})

Then('Unified CM has no phone security profile {string}', async function (this: LabWorld, name: string) {
  const page = 'System > Security > Phone Security Profile'
  const found = await rowOf(this, page, name)
  if (found !== undefined) throw new Mismatch(page, `no ${name}`, found)
  this.showRecord('cucm1', `no phone security profile ${name}`)
})
