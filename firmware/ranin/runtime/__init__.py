"""The shell around the core: the one asyncio loop, its timers and its journal."""
