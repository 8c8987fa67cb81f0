using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;

namespace Chorale.Show.Players.Mpv;

/// <summary>
/// One mpv from its start to its end: the process, the socket of its JSON IPC, and its last words.
/// </summary>
/// <remarks>
/// It ends with us in whatever way we end: its standard input is a second IPC client (<c>--input-ipc-client=fd://0</c>), and mpv quits
/// when that is closed; where setpriv is, the kernel kills it besides. <see cref="Send"/> is for one thread and never waits;
/// the callbacks come on threads of the pool.
/// </remarks>
internal sealed class MpvLife
{
    private const int LineBytesMax = 256 * 1024;
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(20);

    private readonly TimeProvider _time;
    private readonly string _socketPath;
    private readonly Action<MpvLife, MpvMessage> _heard;
    private readonly Action<MpvLife> _connected;
    private readonly Action<MpvLife, string> _ended;
    private readonly ArrayBufferWriter<byte> _line = new(512);
    private readonly Utf8JsonWriter _json;
    private readonly Queue<string> _words = [];
    private readonly Lock _gate = new();
    private Process? _process;
    private Socket? _socket;
    private bool _isEnding;
    private long _requests;

    /// <param name="socketPath">In a folder that only we may enter. At most 107 bytes (sockaddr_un).</param>
    /// <param name="ended">Once, always; why, for people.</param>
    public MpvLife(string socketPath, TimeProvider time, Action<MpvLife> connected, Action<MpvLife, MpvMessage> heard, Action<MpvLife, string> ended)
    {
        (_socketPath, _time, _connected, _heard, _ended) = (socketPath, time, connected, heard, ended);
        _json = new Utf8JsonWriter(_line);
    }

    public int? ProcessId { get; private set; }

    public void Begin(MpvStarter starter, string program, IReadOnlyList<string> arguments)
        => starter.Start(program, ["--no-config", "--no-terminal", "--idle=yes", $"--input-ipc-server={_socketPath}", "--input-ipc-client=fd://0", .. arguments], (process, problem) =>
        {
            if (process is null) _ended(this, problem!);
            else _ = FollowAsync(process);
        });

    /// <returns>The id that the answer will carry; -1: it takes nothing any more, and is being ended.</returns>
    /// <param name="number">Comes after the first word: mpv wants some arguments as numbers.</param>
    public long Send(ReadOnlySpan<string> command, long? number = null)
    {
        if (_socket is not { } socket) return -1;
        var id = ++_requests;
        _line.ResetWrittenCount();
        _json.Reset();
        _json.WriteStartObject();
        _json.WriteStartArray("command"u8);
        _json.WriteStringValue(command[0]);
        if (number is { } given) _json.WriteNumberValue(given);
        foreach (var word in command[1..]) _json.WriteStringValue(word);
        _json.WriteEndArray();
        _json.WriteNumber("request_id"u8, id);
        _json.WriteEndObject();
        _json.Flush();
        _line.GetSpan(1)[0] = (byte)'\n';
        _line.Advance(1);
        try
        {
            // A socket that takes no more belongs to an mpv that has not read for hundreds of commands.
            if (socket.Send(_line.WrittenSpan, SocketFlags.None, out var error) == _line.WrittenCount && error == SocketError.Success) return id;
        }
        catch (ObjectDisposedException)
        {
            return -1;
        }

        End();
        return -1;
    }

    /// <summary>kill -9: a player has nothing to save, and may be hung. Any thread.</summary>
    public void End()
    {
        lock (_gate)
        {
            _isEnding = true;
            try
            {
                _process?.Kill();
            }
            catch (InvalidOperationException)
            {
                // It has ended.
            }
        }
    }

    private async Task FollowAsync(Process process)
    {
        string why;
        try
        {
            ProcessId = process.Id;
            process.OutputDataReceived += (_, e) => Hear(e.Data);
            process.ErrorDataReceived += (_, e) => Hear(e.Data);
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            lock (_gate)
            {
                _process = process;
                if (_isEnding) process.Kill();
            }

            if (await ConnectAsync(process).ConfigureAwait(false) is { } socket)
            {
                _socket = socket;
                _connected(this);
                await ReadAsync(socket).ConfigureAwait(false);
            }

            End();
            await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
            why = WhyOf(process.ExitCode);
        }
        catch (Exception e)
        {
            // Whatever it was, the deck must hear of the end, or it would never start another.
            End();
            why = e.Message;
        }

        _socket?.Dispose();
        lock (_gate) _process = null;
        process.Dispose();
        try
        {
            File.Delete(_socketPath); // killed, it leaves it behind
        }
        catch (IOException)
        {
            // The folder has gone with the room.
        }

        _ended(this, why);
    }

    private async Task<Socket?> ConnectAsync(Process process)
    {
        var begun = _time.GetTimestamp();
        var end = new UnixDomainSocketEndPoint(_socketPath);
        while (!process.HasExited && _time.GetElapsedTime(begun) < StartPatience)
        {
            if (File.Exists(_socketPath))
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await socket.ConnectAsync(end, CancellationToken.None).ConfigureAwait(false);
                    socket.Blocking = false;
                    return socket;
                }
                catch (SocketException)
                {
                    socket.Dispose(); // it is there before it listens
                }
            }

            await Task.Delay(TimeSpan.FromMilliseconds(5), _time, CancellationToken.None).ConfigureAwait(false);
        }

        return null;
    }

    private async Task ReadAsync(Socket socket)
    {
        var buffer = new byte[8192];
        var held = 0;
        while (true)
        {
            int read;
            try
            {
                read = await socket.ReceiveAsync(buffer.AsMemory(held), SocketFlags.None, CancellationToken.None).ConfigureAwait(false);
            }
            catch (SocketException)
            {
                return;
            }

            if (read == 0) return;
            held += read;
            var from = 0;
            while (buffer.AsSpan(from, held - from).IndexOf((byte)'\n') is var length && length >= 0)
            {
                if (MpvMessage.TryParse(buffer.AsMemory(from, length), out var message)) _heard(this, message);
                from += length + 1;
            }

            buffer.AsSpan(from, held - from).CopyTo(buffer);
            held -= from;
            if (held == LineBytesMax) return;
            if (held == buffer.Length) Array.Resize(ref buffer, buffer.Length * 2);
        }
    }

    private string WhyOf(int exitCode)
    {
        lock (_words)
        {
            var words = _words.Count == 0 ? "" : ": " + string.Join("; ", _words);
            return exitCode > 128 ? string.Create(CultureInfo.InvariantCulture, $"killed by signal {exitCode - 128}{words}")
                : string.Create(CultureInfo.InvariantCulture, $"exit code {exitCode}{words}");
        }
    }

    private void Hear(string? line)
    {
        if (string.IsNullOrWhiteSpace(line)) return;
        lock (_words)
        {
            _words.Enqueue(Shown.Text(line));
            if (_words.Count > 5) _words.Dequeue();
        }
    }
}
