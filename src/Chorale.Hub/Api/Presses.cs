using Chorale.Hub.Audit;
using Chorale.Hub.Show;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Chorale.Hub.Api;

/// <summary>
/// What was asked of the rooms lately, by the client's own id, so that a press is done once and not later than its page says: browsers send a
/// request again by themselves when its connection breaks (RFC 9110, section 9.2.2, forbids that for a POST; they do it). A repeat is answered as the first was.
/// </summary>
internal sealed class Presses(TimeProvider time)
{
    /// <summary>Longer than any browser tries.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromMinutes(10);

    /// <summary>At the 50 changes a second that the gate lets through of one caller this still reaches 200 s back.</summary>
    private const int Max = 10_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<(string Room, string Id), Press> _presses = [];
    private readonly Queue<((string Room, string Id) Key, long Since)> _byAge = [];

    /// <summary>Does it, unless this id was here before.</summary>
    /// <param name="room">Where.</param>
    /// <param name="id">Made by the client.</param>
    /// <param name="what">Everything that was asked; the same id with something else is a mistake of the client.</param>
    /// <param name="http">The request that brought it.</param>
    /// <param name="act">Not bound to the life of that request.</param>
    public async Task<Results<Accepted<RoomAnswer>, ProblemHttpResult>> OnceAsync(
        string room, string id, string what, HttpContext http, Func<Task<Results<Accepted<RoomAnswer>, ProblemHttpResult>>> act)
    {
        var mine = new Press(what);
        var first = Take((room, id), mine);
        if (first.What is null) return Problem($"id '{id}' was withdrawn before it came: nothing was done");
        if (first.What != what) return Problem($"id '{id}' stands for something else that was asked; make a new one");
        if (first != mine)
        {
            AuditNote.Of(http).Say(detail: $"{AuditNote.Of(http).Detail} (the same press again: done once)");
            return await first.Answer.Task;
        }

        try
        {
            var answer = await act();
            lock (_gate) mine.IsRefused = answer.Result is ProblemHttpResult;
            mine.Answer.SetResult(answer);
            return answer;
        }
        catch (Exception e) // for whoever asks again, too
        {
            mine.Answer.SetException(e);
            _ = mine.Answer.Task.Exception; // seen, though nobody may ask for it
            throw;
        }
    }

    /// <summary>Should it come after all, it is refused.</summary>
    /// <returns>How it was answered, where it came before this; null: it did not, and will not be done.</returns>
    public async Task<RoomAnswer?> WithdrawAsync(string room, string id)
    {
        var press = Take((room, id), new Press(null));
        if (press.What is null) return null;
        var answer = await press.Answer.Task;
        return answer.Result is Accepted<RoomAnswer> { Value: { } accepted } ? accepted
            : new RoomAnswer(id, false, null, (answer.Result as ProblemHttpResult)?.ProblemDetails.Detail);
    }

    private static ProblemHttpResult Problem(string detail) => TypedResults.Problem(detail, statusCode: 409, title: "A value cannot be used");

    private Press Take((string Room, string Id) key, Press mine)
    {
        lock (_gate)
        {
            while (_byAge.TryPeek(out var oldest) && (_byAge.Count >= Max || time.GetElapsedTime(oldest.Since) > Kept)) _presses.Remove(_byAge.Dequeue().Key);
            var isKnown = _presses.TryGetValue(key, out var known);
            // Who was refused may ask for something else under the same id: nothing was done.
            if (isKnown && !(known!.IsRefused && mine.What is { } what && what != known.What)) return known;
            if (!isKnown) _byAge.Enqueue((key, time.GetTimestamp()));
            return _presses[key] = mine;
        }
    }

    /// <param name="What">Null: withdrawn.</param>
    private sealed class Press(string? what)
    {
        public string? What { get; } = what;

        public bool IsRefused { get; set; }

        public TaskCompletionSource<Results<Accepted<RoomAnswer>, ProblemHttpResult>> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
