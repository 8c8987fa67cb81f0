using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;

namespace Chorale.Show.Interop;

/// <summary>One input line with a pull-up and a button to ground. One thread; end the thread before this.</summary>
internal abstract unsafe class GpioLine : IDisposable
{
    private const string Consumer = "chorale";

    /// <summary>Pressed at this moment.</summary>
    public abstract bool IsPressed();

    /// <summary>Until the line changes, or the time is over; changes that came meanwhile are one.</summary>
    /// <returns>True: it has changed.</returns>
    public abstract bool Wait(TimeSpan limit);

    public abstract void Dispose();

    /// <param name="problem">For people.</param>
    public static GpioLine? Open(int line, out string? problem)
    {
        var chips = Directory.Exists("/dev") ? Directory.EnumerateFiles("/dev", "gpiochip*").Order(StringComparer.Ordinal).ToList() : [];
        if (chips.Count == 0)
        {
            problem = "no GPIO chip here (/dev/gpiochip*)";
            return null;
        }

        try
        {
            problem = null;
            if (NativeLibrary.TryLoad("libgpiod.so.3", out _)) return Line2.Open(chips, line);
            if (NativeLibrary.TryLoad("libgpiod.so.2", out _)) return Line1.Open(chips, line);
            problem = "libgpiod is missing: install the package libgpiod3 (Debian 12: libgpiod2)";
        }
        catch (Win32Exception e)
        {
            problem = $"GPIO {line}: {e.Message}";
        }
        catch (EntryPointNotFoundException e)
        {
            problem = $"GPIO {line}: this libgpiod is another one: {e.Message}";
        }

        return null;
    }

    /// <summary>The chip of the header: a Raspberry Pi calls it pinctrl-*, and has others. Which number it has changed with the kernels of the Pi 5.</summary>
    private static string Choose(IReadOnlyList<string> chips, Func<string, string?> labelOf)
        => chips.FirstOrDefault(c => labelOf(c)?.StartsWith("pinctrl-", StringComparison.Ordinal) == true) ?? chips[0];

    private static Win32Exception Failure(string what) => new(Marshal.GetLastPInvokeError(), $"{what}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");

    private static string Text(byte* text) => text is null ? "" : Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(text));

    private sealed class Line1(Gpiod1ChipHandle chip, nint line) : GpioLine
    {
        public static Line1 Open(IReadOnlyList<string> chips, int number)
        {
            var path = Choose(chips, c =>
            {
                using var candidate = Gpiod1.OpenChip(c);
                return candidate.IsInvalid ? null : Text(Gpiod1.ChipLabel(candidate));
            });
            var chip = Gpiod1.OpenChip(path);
            if (chip.IsInvalid) throw Failure(path);
            var line = Gpiod1.GetLine(chip, (uint)number);
            if (line != 0 && Gpiod1.RequestBothEdges(line, Consumer, Gpiod1.FlagActiveLow | Gpiod1.FlagPullUp) == 0) return new Line1(chip, line);
            var failure = Failure(path);
            chip.Dispose();
            throw failure;
        }

        public override bool IsPressed() => Gpiod1.GetValue(line) is >= 0 and var value ? value == 1 : throw Failure("gpiod_line_get_value");

        public override bool Wait(TimeSpan limit)
        {
            var isChanged = false;
            var timeout = new Libc.Timespec { Seconds = (nint)limit.TotalSeconds, Nanoseconds = (nint)(limit.Ticks % TimeSpan.TicksPerSecond * 100) };
            Gpiod1.Event happened;
            while (Gpiod1.WaitEvent(line, &timeout) is var rc && rc != 0)
            {
                if (rc < 0 && Marshal.GetLastPInvokeError() != Libc.Interrupted) throw Failure("gpiod_line_event_wait");
                if (rc > 0 && Gpiod1.ReadEvent(line, &happened) != 0) throw Failure("gpiod_line_event_read");
                isChanged |= rc > 0;
                timeout = default; // the rest that is there already
            }

            return isChanged;
        }

        public override void Dispose() => chip.Dispose();
    }

    private sealed class Line2(Gpiod2RequestHandle request, Gpiod2EventsHandle events, uint line) : GpioLine
    {
        private const int EventsAtOnce = 16;

        public static Line2 Open(IReadOnlyList<string> chips, int number)
        {
            var path = Choose(chips, LabelOf);
            using var chip = Gpiod2.OpenChip(path);
            if (chip.IsInvalid) throw Failure(path);
            nint settings = Gpiod2.NewSettings(), lines = Gpiod2.NewLineConfig(), requests = Gpiod2.NewRequestConfig();
            try
            {
                if (settings == 0 || lines == 0 || requests == 0) throw Failure(path);
                _ = Gpiod2.SetDirection(settings, Gpiod2.DirectionInput);
                _ = Gpiod2.SetEdgeDetection(settings, Gpiod2.EdgeBoth);
                _ = Gpiod2.SetBias(settings, Gpiod2.BiasPullUp);
                Gpiod2.SetActiveLow(settings, 1);
                Gpiod2.SetConsumer(requests, Consumer);
                var offset = (uint)number;
                if (Gpiod2.AddLineSettings(lines, &offset, 1, settings) != 0) throw Failure(path);
                var request = Gpiod2.RequestLines(chip, requests, lines);
                if (request.IsInvalid) throw Failure(path);
                return new Line2(request, Gpiod2.NewEvents(EventsAtOnce), offset);
            }
            finally
            {
                if (settings != 0) Gpiod2.FreeSettings(settings);
                if (lines != 0) Gpiod2.FreeLineConfig(lines);
                if (requests != 0) Gpiod2.FreeRequestConfig(requests);
            }
        }

        public override bool IsPressed() => Gpiod2.GetValue(request, line) is >= 0 and var value ? value == 1 : throw Failure("gpiod_line_request_get_value");

        public override bool Wait(TimeSpan limit)
        {
            var isChanged = false;
            var timeoutNs = limit.Ticks * 100;
            while (Gpiod2.WaitEvents(request, timeoutNs) is var rc && rc != 0)
            {
                if (rc < 0 && Marshal.GetLastPInvokeError() != Libc.Interrupted) throw Failure("gpiod_line_request_wait_edge_events");
                if (rc > 0 && Gpiod2.ReadEvents(request, events, EventsAtOnce) < 0) throw Failure("gpiod_line_request_read_edge_events");
                isChanged |= rc > 0;
                timeoutNs = 0; // the rest that is there already
            }

            return isChanged;
        }

        public override void Dispose()
        {
            request.Dispose();
            events.Dispose();
        }

        private static string? LabelOf(string path)
        {
            using var chip = Gpiod2.OpenChip(path);
            if (chip.IsInvalid || Gpiod2.GetChipInfo(chip) is var info && info == 0) return null;
            var label = Text(Gpiod2.ChipInfoLabel(info));
            Gpiod2.FreeChipInfo(info);
            return label;
        }
    }
}
