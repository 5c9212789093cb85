// Bluesky's own server software on loopback: a directory of names (PLC), a server of accounts (PDS), and the AppView where
// DB_POSTGRES_URL and REDIS_HOST say where it may keep its posts.
// Usage: node pds.js PLC_PORT PDS_PORT. Prints READY and the AppView's address or "-", and ends with its standard input.
const net = require('net')

// The library would listen on every interface of the machine.
const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (port, ...rest) {
  if (port === undefined || typeof port === 'object') return listen.call(this, port, ...rest)
  return listen.call(this, { port: Number(port), host: '127.0.0.1' }, rest.find((item) => typeof item === 'function'))
}

const { TestNetwork, TestNetworkNoAppView, mockMailer } = require('@atproto/dev-env')
const [plc, pds] = process.argv.slice(2).map(Number)

const ports = { plc: { port: plc }, pds: { port: pds, hostname: 'localhost' } }
const starting = process.env.DB_POSTGRES_URL
  ? TestNetwork.create({ ...ports, dbPostgresSchema: 'bsky' })
  : TestNetworkNoAppView.create(ports)

starting.then((network) => {
  mockMailer(network.pds)
  console.log('READY ' + (network.bsky ? network.bsky.url : '-'))
  process.stdin.resume().on('end', () => network.close().finally(() => process.exit(0)))
}).catch((error) => {
  console.error(error)
  process.exit(1)
})
