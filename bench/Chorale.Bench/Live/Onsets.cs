using System.Diagnostics;

namespace Chorale.Bench.Live;

/// <summary>When each burst of sound was heard, from samples as they arrive: the first one that is loud after half a second of quiet.</summary>
internal sealed class Onsets
{
    private const float Loud = 0.1f;
    private readonly List<long> _stamps = [];
    private int _quiet;

    /// <summary>Monotonic stamps of arrivals, oldest first.</summary>
    public IReadOnlyList<long> Stamps
    {
        get
        {
            lock (_stamps) return [.. _stamps];
        }
    }

    /// <param name="samples">Mono at 48 kHz, arrived now.</param>
    public void Add(ReadOnlySpan<short> samples)
    {
        var now = Stopwatch.GetTimestamp();
        foreach (var sample in samples)
        {
            var isLoud = Math.Abs(sample) > Loud * 32768;
            if (isLoud && _quiet > 24_000)
            {
                // What is behind it in this piece was there before the piece was read: the ear is charged with the wait for a whole piece.
                lock (_stamps) _stamps.Add(now);
            }

            _quiet = isLoud ? 0 : _quiet + 1;
        }
    }

    /// <summary>Reads a program's output of s16le to its end.</summary>
    public void Follow(Stream output)
    {
        var buffer = new byte[960];
        var held = 0;
        try
        {
            for (var read = output.Read(buffer); read > 0; read = output.Read(buffer, held, buffer.Length - held))
            {
                var all = held + read;
                Add(System.Runtime.InteropServices.MemoryMarshal.Cast<byte, short>(buffer.AsSpan(0, all & ~1)));
                held = all & 1;
                if (held == 1) buffer[0] = buffer[all - 1];
            }
        }
        catch (IOException)
        {
            // It was ended.
        }
    }
}
