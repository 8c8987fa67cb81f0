using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Chorale.TestKit;

/// <summary>What a browser's page plays, and when: put beside what a <see cref="LiveEar"/> got of the same recorder, it says how late a person hears it.</summary>
public static class PageEar
{
    /// <summary>
    /// Before the page: notes each buffer that is given to the sound card, with the moment at which it sounds (the card's own clock put on the browser's), and when
    /// somebody pressed.
    /// </summary>
    public const string Script = """
        (() => {
          const ear = window.pageEar = { pressedUs: null, played: [] };
          const us = ms => (performance.timeOrigin + ms) * 1000;
          addEventListener('click', () => { ear.pressedUs = us(performance.now()); }, true);
          const start = AudioBufferSourceNode.prototype.start;
          AudioBufferSourceNode.prototype.start = function (at = 0, ...rest) {
            const card = this.context.getOutputTimestamp();
            const known = card.contextTime > 0 && card.performanceTime > 0; // either comes first
            const soundsUs = us(known ? card.performanceTime + (at - card.contextTime) * 1000 : performance.now() + (at - this.context.currentTime + (this.context.outputLatency || 0)) * 1000);
            const from = this.buffer.getChannelData(0), samples = new Int16Array(from.length);
            for (let i = 0; i < from.length; i++) samples[i] = Math.round(from[i] * 32768);
            ear.played.push({ soundsUs, rate: this.playbackRate.value, samples: btoa(String.fromCharCode(...new Uint8Array(samples.buffer))) });
            if (ear.played.length > 2000) ear.played.shift();
            return start.call(this, at, ...rest);
          };
        })();
        """;

    /// <summary>Evaluated in the page: what it noted, for <see cref="Read"/>.</summary>
    public const string Told = "JSON.stringify(window.pageEar)";

    public static PageHeard Read(string told) => JsonSerializer.Deserialize<PageHeard>(told)!;
}

/// <param name="PressedUs">UTC by the browser's clock, which is the machine's.</param>
public sealed record PageHeard([property: JsonPropertyName("pressedUs")] double PressedUs, [property: JsonPropertyName("played")] IReadOnlyList<PagePlayed> Played)
{
    /// <summary>From the press to the first sound.</summary>
    public double FirstSoundMs => (Played[0].SoundsUs - PressedUs) / 1000;

    /// <summary>
    /// How old each block was when it sounded: from being recorded, by the hub's word, to being heard. Blocks are told from each other by their samples; as the test signal
    /// says the same every ten seconds, what was played is laid beside what the ear got where most of it is the same.
    /// </summary>
    /// <param name="ear">Listened to the same recorder, one channel.</param>
    public IReadOnlyList<double> DelaysMs(LiveEar ear)
    {
        var blocks = ear.Blocks;
        var recorded = blocks.Select(b => Convert.ToBase64String(MemoryMarshal.AsBytes<short>(b.Samples))).ToList();
        IEnumerable<int> Same(int shift) => Enumerable.Range(0, Played.Count).Where(i => i + shift >= 0 && i + shift < recorded.Count && Played[i].Samples == recorded[i + shift]);
        var shift = Enumerable.Range(-Played.Count, Played.Count + recorded.Count).MaxBy(s => Same(s).Count());
        return [.. Same(shift).Select(i => (Played[i].SoundsUs - blocks[i + shift].StartUs) / 1000)];
    }
}

/// <param name="SoundsUs">When its first sample is heard.</param>
/// <param name="Rate">How fast it is played.</param>
/// <param name="Samples">Of the first channel, 16 bit, in base 64.</param>
public sealed record PagePlayed(
    [property: JsonPropertyName("soundsUs")] double SoundsUs, [property: JsonPropertyName("rate")] double Rate, [property: JsonPropertyName("samples")] string Samples);
