# usage: python3 over_tcp.py     prints a port of this machine at which the server answers that PGHOST and PGPORT name
# For what connects by TCP alone: the private server listens on a socket in a folder that only its user can enter.
import asyncio
import os


async def carry(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def serve(reader, writer):
    server = await asyncio.open_unix_connection(f"{os.environ['PGHOST']}/.s.PGSQL.{os.environ['PGPORT']}")
    await asyncio.gather(carry(reader, server[1]), carry(server[0], writer))


async def main():
    listener = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(listener.sockets[0].getsockname()[1], flush=True)
    await listener.serve_forever()


asyncio.run(main())
