namespace Chorale.Hub.Jobs;

/// <summary>What a job does, on a thread of its own.</summary>
internal interface IJobWork : IDisposable
{
    JobKind Kind { get; }

    JobSubject Subject { get; }

    /// <summary>What is counted.</summary>
    string Unit { get; }

    /// <summary>Null: not known.</summary>
    long? Total { get; }

    /// <summary>Where units are frames.</summary>
    int? RateHz { get; }

    /// <summary>About how many bytes it will leave on the disk.</summary>
    long EstimatedBytes { get; }

    /// <summary>Blocks until it is done.</summary>
    /// <exception cref="JobProblemException">It cannot be done, for a reason a person understands.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    void Run(JobRun run, CancellationToken cancel);
}

/// <summary>A job cannot be done; the message says why.</summary>
internal sealed class JobProblemException(string message, Exception? inner = null) : Exception(message, inner);
