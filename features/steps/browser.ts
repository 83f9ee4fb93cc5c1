import type { DataTable } from '@cucumber/cucumber'
import { After, Given, Then, When } from '@cucumber/cucumber'
import { X509Certificate } from 'node:crypto'
import type { Browser } from 'playwright-core'
import { openBrowser, VcsDesk } from '../support/browser.ts'
import { CcmDesk } from '../support/ccm-browser.ts'
import { Mismatch } from '../support/matchers.ts'
import { addressOf } from '../support/places.ts'
import type { LabWorld } from '../support/world.ts'

/** The page of a host in the scenario's browser, opened and logged in to when it is first used. */
async function deskOf(world: LabWorld, host: string): Promise<VcsDesk> {
  const known = world.memory.get(`desk of ${host}`) as VcsDesk | undefined
  if (known !== undefined) return known
  const { admin } = (await world.lab()).describe().hosts[host]!
  const desk = await VcsDesk.open(await browserOf(world), admin!)
  await desk.showLogin()
  await desk.picture(`${host}-login`)
  await desk.logIn()
  world.memory.set(`desk of ${host}`, desk)
  return desk
}

async function browserOf(world: LabWorld): Promise<Browser> {
  const browser = (world.memory.get('browser') as Browser | undefined) ?? (await openBrowser())
  world.memory.set('browser', browser)
  return browser
}

After({ tags: '@needs:chromium' }, async function (this: LabWorld) {
  await (this.memory.get('browser') as Browser | undefined)?.close()
})

/** What a person has on paper beside the guide: addresses and accounts of this deployment. */
async function onPaper(world: LabWorld, table: DataTable): Promise<Record<string, string>> {
  const lab = await world.lab()
  const { axl } = lab.secrets
  const known: Readonly<Record<string, string>> = {
    'the internal DNS server': addressOf(lab, 'intdns'),
    'the public DNS server': addressOf(lab, 'pubdns'),
    'the inside NTP server': addressOf(lab, 'ntp1'),
    'the public NTP server': addressOf(lab, 'pubntp'),
    'the AXL user': axl.username,
    'the password of the AXL user': axl.password,
  }
  return Object.fromEntries(Object.entries(table.rowsHash()).map(([label, text]) => [label, known[text] ?? text]))
}

Given('both VCSs are as they come out of the box', function (this: LabWorld) {
  this.emptyVcs = true
})

Given('the administrator has the {host} in a browser', async function (this: LabWorld, host: string) {
  await deskOf(this, host)
})

When(
  'on the {host} the administrator goes to {string} and saves:',
  async function (this: LabWorld, host: string, path: string, table: DataTable) {
    const desk = await deskOf(this, host)
    await desk.choose(path)
    await desk.enter(await onPaper(this, table))
    await desk.press('Save')
    await desk.mustBeTaken(path)
    await desk.picture(`${host}-${fileName(path)}`)
  },
)

When(
  'on the {host} the administrator goes to {string}, clicks New, and {string} with:',
  async function (this: LabWorld, host: string, path: string, button: string, table: DataTable) {
    const desk = await deskOf(this, host)
    await desk.choose(path)
    await desk.follow('New')
    await desk.enter(await onPaper(this, table))
    await desk.picture(`${host}-${fileName(path)}-new`)
    await desk.press(button)
    await desk.mustBeTaken(path)
    await desk.picture(`${host}-${fileName(path)}`)
  },
)

When(
  'on the {host} the administrator goes to {string}, clicks {string} and saves:',
  async function (this: LabWorld, host: string, path: string, row: string, table: DataTable) {
    const desk = await deskOf(this, host)
    await desk.choose(path)
    await editRow(this, desk, row, table)
  },
)

When(
  'on the {host} the administrator clicks {string} there and saves:',
  async function (this: LabWorld, host: string, row: string, table: DataTable) {
    await editRow(this, await deskOf(this, host), row, table)
  },
)

async function editRow(world: LabWorld, desk: VcsDesk, row: string, table: DataTable): Promise<void> {
  await desk.follow(row)
  await desk.enter(await onPaper(world, table))
  await desk.press('Save')
  await desk.mustBeTaken(row)
}

When(
  'on the {host} the administrator goes to {string} and presses {string}',
  async function (this: LabWorld, host: string, path: string, button: string) {
    const desk = await deskOf(this, host)
    await desk.choose(path)
    await desk.press(button)
    await desk.mustBeTaken(button)
  },
)

When(
  'in Cisco Unified CM Administration the administrator goes to {string} and saves:',
  async function (this: LabWorld, path: string, table: DataTable) {
    const { admin } = (await this.lab()).describe().hosts['cucm1']!
    const desk = await CcmDesk.open(await browserOf(this), admin!)
    await desk.save(path, await onPaper(this, table))
  },
)

When(
  'on the {host} the administrator makes the zone of the guide, with its credential:',
  async function (this: LabWorld, host: string, table: DataTable) {
    const values = await onPaper(this, table)
    const { Username, Password, ...others } = values as { Username: string; Password: string }
    const desk = await deskOf(this, host)
    await desk.choose('Configuration > Zones > Zones')
    await desk.follow('New')
    await desk.enter({ Username, ...others })
    const database = await desk.followToWindow('Add/Edit local authentication database')
    await database.follow('New')
    await database.enter({ Name: Username, Password })
    await database.press('Create credential')
    await database.mustBeTaken('the credential')
    await database.close()
    await desk.picture(`${host}-zone-new`)
    await desk.press('Create zone')
    await desk.mustBeTaken('the zone')
  },
)

When('on the {host} the administrator trusts the CA of the deployment', async function (this: LabWorld, host: string) {
  const desk = await deskOf(this, host)
  await desk.choose('Maintenance > Security certificates > Trusted CA certificate')
  await desk.enter({ 'CA certificates': (await this.lab()).authority.certificate })
  await desk.press('Append CA certificate')
  await desk.mustBeTaken('the CA certificate')
})

When(
  'on the {host} the administrator generates a CSR and uploads the certificate that the CA made of it',
  async function (this: LabWorld, host: string) {
    await renewCertificate(this, host, {})
  },
)

When(
  'on the {host} the administrator generates a CSR with the name {string} and uploads the certificate that the CA made of it',
  async function (this: LabWorld, host: string, name: string) {
    await renewCertificate(this, host, { 'Additional alternative names': name })
  },
)

async function renewCertificate(world: LabWorld, host: string, asked: Record<string, string>): Promise<void> {
  const { authority } = await world.lab()
  const desk = await deskOf(world, host)
  await desk.choose('Maintenance > Security certificates > Server certificate')
  await desk.enter(asked)
  await desk.press('Generate CSR')
  await desk.mustBeTaken('the request')
  const certificate = authority.sign(await desk.download('Download CSR'))
  await desk.enter({ 'Server certificate': certificate })
  await desk.press('Upload server certificate data')
  await desk.mustBeTaken('the server certificate')
  await desk.picture(`${host}-server-certificate`)
  world.showRecord(host, `certificate made of its own request: ${new X509Certificate(certificate).subjectAltName}`)
}

Then(
  'on the {host} {string} has {string} set to {string}',
  async function (this: LabWorld, host: string, path: string, label: string, expected: string) {
    const desk = await deskOf(this, host)
    await desk.choose(path)
    const value = await desk.field(label).inputValue()
    if (value !== expected) throw new Mismatch(`${label} on ${path} of ${host}`, expected, value)
    this.showRecord(host, `${path}, ${label}: ${value}`)
  },
)

When('on the {host} the administrator restarts the system', async function (this: LabWorld, host: string) {
  const management = (await this.host(host)).management
  const boots = async () => (await management.call<{ boots: number }>('state')).boots
  const before = await boots()
  const desk = await deskOf(this, host)
  await desk.choose('Maintenance > Restart options')
  await desk.pressAndConfirm('Restart')
  await desk.logInAgain(async () => (await boots()) > before)
})

Then(
  'on the {host} {string} says {string} and leads to {string}',
  async function (this: LabWorld, host: string, path: string, says: string, target: string) {
    const desk = await deskOf(this, host)
    await desk.choose(path)
    let last = ''
    await desk.reloadUntil(
      `${path} of ${host} to say "${says}"`,
      async () => (last = await desk.text()).includes(says),
      () => last,
    )
    await desk.picture(`${host}-${fileName(path)}-says`)
    await desk.follow(target)
    await desk.mustBeAt(target)
    this.showRecord(host, `${path}: ${says}`)
  },
)

Then(
  'on the {host} {string} shows {string}',
  async function (this: LabWorld, host: string, path: string, says: string) {
    const desk = await deskOf(this, host)
    await desk.choose(path)
    const text = await desk.text()
    await desk.picture(`${host}-${fileName(path)}`)
    if (!text.includes(says)) throw new Mismatch(`${path} of ${host}`, says, text)
    this.showRecord(host, `${path}: ${says}`)
  },
)

Then('on the {host} Unified Communications has no configuration error', async function (this: LabWorld, host: string) {
  const desk = await deskOf(this, host)
  await desk.choose('Status > Unified Communications')
  let last: unknown
  await desk.reloadUntil(
    `${host} to have no configuration error and every zone active`,
    async () => {
      const [errors, zones] = [await desk.table('Configuration errors'), await desk.table('Zones')]
      last = { errors, zones }
      const states = zones.slice(1).map(([, , state = '']) => state.trim())
      return errors.flat().includes('None') && states.every((state) => state === 'Active')
    },
    () => last,
  )
  await desk.picture(`${host}-status-unified-communications`)
  this.showRecord(host, `Status > Unified Communications: ${JSON.stringify(last)}`)
})

Then('on the {host} no alarm is raised', async function (this: LabWorld, host: string) {
  const desk = await deskOf(this, host)
  await desk.choose('Status > Alarms')
  // Lowered ones stay in the list until they are acknowledged or the system restarts.
  const raised = (await desk.table('Alarms')).filter((row) => row.includes('Raised'))
  await desk.picture(`${host}-alarms`)
  if (raised.length > 0) throw new Mismatch(`alarms of ${host}`, 'none', raised)
  this.showRecord(host, 'no alarm is raised')
})

/** `Configuration > Domains` → `configuration-domains` */
function fileName(path: string): string {
  return path.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')
}
