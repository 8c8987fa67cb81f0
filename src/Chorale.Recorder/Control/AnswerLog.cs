using Chorale.Protocol.Modules;
using Microsoft.Extensions.Logging;

namespace Chorale.Recorder.Control;

/// <summary>
/// Answers in the log: what changed something as a line of the day's story, questions for who debugs, refusals one a second and the others
/// counted, for a peer gone mad sends thousands. Used under the module's lock, but for <see cref="Flush"/>.
/// </summary>
internal sealed class AnswerLog(TimeProvider time, ILogger log)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private long? _refusedStamp;
    private long _more;

    /// <param name="response">What was answered.</param>
    /// <param name="command">To what; null when the answer came later than the next command.</param>
    public void Add(ModuleResponse response, ModuleCommandReading? command)
    {
        var name = command?.Name is { } word ? word.Length <= 40 ? word : word[..40] + "..." : command is null ? "start or config" : "none";
        var isQuestion = command?.Command?.Kind is ModuleCommandKind.Status or ModuleCommandKind.Watch || command?.Command is { Kind: ModuleCommandKind.Config, Config: null };
        if (response.Success && isQuestion) Log.QuestionAnswered(log, name, response.RequestId);
        else if (response.Success) Log.Answered(log, name, response.RequestId, response.Message);
        else if (_refusedStamp is { } last && time.GetElapsedTime(last) < Interval) Interlocked.Increment(ref _more);
        else Refuse(response, name);
    }

    /// <summary>Once a second.</summary>
    public void Flush()
    {
        if (Interlocked.Exchange(ref _more, 0) is > 0 and var more) Log.MoreRefused(log, more);
    }

    private void Refuse(ModuleResponse response, string name)
    {
        _refusedStamp = time.GetTimestamp();
        Log.Refused(log, name, response.RequestId, response.Message);
    }
}
