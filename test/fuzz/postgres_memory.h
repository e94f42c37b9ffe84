/*
 * postgres_memory.h
 *		What stands in for PostgreSQL's memory contexts in the libFuzzer targets: all that is allocated for one
 *		input is freed with it.
 */

#undef fprintf

typedef struct Chunk
{
	struct Chunk *next;
	char		data[];
} Chunk;

static Chunk *chunks;

MemoryContext CurrentMemoryContext;

static void *
allocate(Size size)
{
	Chunk	   *chunk = calloc(1, sizeof(Chunk) + size);

	chunk->next = chunks;
	chunks = chunk;
	return chunk->data;
}

static void
free_all(void)
{
	while (chunks != NULL)
	{
		Chunk	   *chunk = chunks;

		chunks = chunk->next;
		free(chunk);
	}
}

void *
palloc(Size size)
{
	return allocate(size);
}

void *
palloc0(Size size)
{
	return allocate(size);
}

void *
palloc_extended(Size size, int flags)
{
	return allocate(size);
}

void *
MemoryContextAllocHuge(MemoryContext context, Size size)
{
	return allocate(size);
}

/* Left to free_all(). */
void
pfree(void *pointer)
{
}
